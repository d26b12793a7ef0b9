import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerJobFile

@Suite struct JobFileFaultTests {
    /// Returns the errors of a file, a line each.
    private func faults(_ text: String) -> [String] {
        JobFile.faults(in: Array(text.utf8), file: "f").map(\.description)
    }

    /// Returns the errors of a job that has these lines beside all required ones.
    private func faults(inJob lines: String) -> [String] {
        faults("A:\n  commands: [x]\n  atomizers: [V: y]\n  \(lines)\n")
    }

    @Test func `All errors of a file are reported at once, in its order`() throws {
        let text = """
            Unit:
              comands:
                - x
              atomizers:
                - 1V: y
              max_executors: 0
              retries: 1
              retries: 2
            Lint:
              commands: [a, [b]]
            """
        let expected = [
            "f:1:1: job \"Unit\": key \"commands\": found nothing, expected a list of commands",
            "f:2:3: job \"Unit\": key \"comands\": found an unknown key, expected one of commands, atomizers, setup_build, "
                + "teardown_build, max_executors, max_executors_per_slave, timeout, setup_timeout, teardown_timeout, retries, fail_fast, speculate, batch, errexit, junit, report, environment, container, container_options, "
                + "did you mean \"commands\"?",
            "f:5:7: job \"Unit\": key \"atomizers\": found the variable name \"1V\", "
                + "expected letters, digits and underscores, not beginning with a digit",
            "f:6:18: job \"Unit\": key \"max_executors\": found the number 0, expected a positive integer, at most 2147483647",
            "f:8:3: job \"Unit\": key \"retries\": found \"retries\" a second time (the first stands at line 7), "
                + "expected each key once",
            "f:9:1: job \"Lint\": key \"atomizers\": found nothing, expected a list of maps VARIABLE: command",
            "f:10:17: job \"Lint\": key \"commands\": found a list, expected a command",
        ]
        #expect(faults(text) == expected)
        let error = #expect(throws: ClusterRunnerError.self) { try JobFile.parse(text, file: "f") }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message == (["f has 7 errors."] + expected).joined(separator: "\n"))
    }

    @Test func `A fault is a value as well`() {
        let text = "A: {commands: [x], atomizers: [V: y], retrys: 1}"
        let expected = JobFileFault(
            file: "f",
            line: 1,
            column: 39,
            job: "A",
            key: "retrys",
            found: "an unknown key",
            expected:
                "one of commands, atomizers, setup_build, teardown_build, max_executors, max_executors_per_slave, "
                + "timeout, setup_timeout, teardown_timeout, retries, fail_fast, speculate, batch, errexit, junit, report, environment, "
                + "container, container_options",
            suggestion: "retries"
        )
        #expect(JobFile.faults(in: Array(text.utf8), file: "f") == [expected])
        let error = #expect(throws: ClusterRunnerError.self) { try JobFile.parse(text, file: "f") }
        #expect(error?.message == "f has 1 error.\n\(expected)")
    }

    @Test(arguments: [
        ("", "f:1:1: found nothing, expected a map of job name to job"),
        ("# just a comment", "f:1:1: found nothing, expected a map of job name to job"),
        ("{}", "f:1:1: found an empty map, expected a map of job name to job"),
        ("- a", "f:1:1: found a list, expected a map of job name to job"),
        ("hello", "f:1:1: found the string \"hello\", expected a map of job name to job"),
        ("A:", "f:1:3: job \"A\": found nothing, expected a map with the keys of a job"),
        ("A: 5", "f:1:4: job \"A\": found the number 5, expected a map with the keys of a job"),
        (
            "A: *b",
            "f:1:4: job \"A\": found the alias \"*b\" of nothing, expected an anchor \"&b\" before it, or quotes around the text"
        ),
        (
            "*b",
            "f:1:1: found the alias \"*b\" of nothing, expected an anchor \"&b\" before it, or quotes around the text"
        ),
        ("\"\": {commands: [x], atomizers: [V: y]}", "f:1:1: found an empty job name, expected a name"),
        ("A: {commands: [x], atomizers: [V: y]}\n---\nB: 1", "f:2:1: found a second document, expected a single one"),
    ])
    func `A file that is no map of jobs says what it is`(text: String, fault: String) {
        #expect(faults(text) == [fault])
    }

    @Test func `A job without a name is told where the name belongs`() {
        let expected = "expected a job: its name on a line of its own, and its keys indented below"
        #expect(
            faults("commands: [x]\natomizers: [V: y]")
                == [
                    "f:1:11: job \"commands\": found a list, \(expected)",
                    "f:2:12: job \"atomizers\": found a list, \(expected)",
                ]
        )
    }

    @Test(arguments: [
        ("commands:", "f:2:12: job \"A\": key \"commands\": found nothing, expected a list of commands"),
        ("commands: []", "f:2:13: job \"A\": key \"commands\": found an empty list, expected a list of commands"),
        (
            "commands: [~, \" ;\"]",
            "f:2:13: job \"A\": key \"commands\": found a list of nothing, expected a list of commands"
        ),
        ("commands: x", "f:2:13: job \"A\": key \"commands\": found the string \"x\", expected a list of commands"),
        ("commands: {a: b}", "f:2:13: job \"A\": key \"commands\": found a map, expected a list of commands"),
        ("commands: [5]", "f:2:14: job \"A\": key \"commands\": found the number 5, expected a command"),
        ("commands: [[x]]", "f:2:14: job \"A\": key \"commands\": found a list, expected a command"),
        (
            "commands: [{}]",
            "f:2:14: job \"A\": key \"commands\": found an empty map, expected a command, in quotes if it contains \": \""
        ),
        (
            "commands: [\"a\\0b\"]",
            "f:2:14: job \"A\": key \"commands\": found a NUL character in \"a\\0b\", expected a command without one"
        ),
        (
            "commands:\n    - echo foo: bar",
            "f:3:7: job \"A\": key \"commands\": found a map with the key \"echo foo\", "
                + "expected a command, in quotes if it contains \": \""
        ),
        (
            "commands: [*x]",
            "f:2:14: job \"A\": key \"commands\": found the alias \"*x\" of nothing, "
                + "expected an anchor \"&x\" before it, or quotes around the text"
        ),
    ])
    func `Commands that are none are reported once`(line: String, fault: String) {
        #expect(faults("A:\n  \(line)\n  atomizers: [V: y]") == [fault])
    }

    @Test(arguments: [
        ("atomizers: [{}]", "2:15", "found an empty map, expected a map of one entry VARIABLE: command"),
        (
            "atomizers: [{A: x, B: y}]", "2:15",
            "found a map of 2 entries, expected a map of one entry VARIABLE: command"
        ),
        ("atomizers: [x]", "2:15", "found the string \"x\", expected a map of one entry VARIABLE: command"),
        ("atomizers: {V: x}", "2:14", "found a map, expected a list of maps VARIABLE: command"),
        ("atomizers: [V: ]", "2:18", "found nothing, expected a command"),
        ("atomizers: [V: \" ; \"]", "2:18", "found the string \" ; \", expected a command"),
        ("atomizers: [V: [x]]", "2:18", "found a list, expected a command"),
        ("atomizers: [V: 7]", "2:18", "found the number 7, expected a command"),
        ("atomizers: [~]", "2:14", "found a list of nothing, expected a list of maps VARIABLE: command"),
        (
            "atomizers: [A-B: x]", "2:15",
            "found the variable name \"A-B\", expected letters, digits and underscores, not beginning with a digit"
        ),
    ])
    func `Atomizers that are none are reported once`(line: String, place: String, fault: String) {
        #expect(faults("A:\n  \(line)\n  commands: [x]") == ["f:\(place): job \"A\": key \"atomizers\": \(fault)"])
    }

    @Test(arguments: [
        ("max_executors: -1", "found the number -1, expected a positive integer, at most 2147483647"),
        ("max_executors: 1.5", "found the number 1.5, expected a positive integer, at most 2147483647"),
        ("max_executors: \"4\"", "found the string \"4\", expected a positive integer"),
        ("max_executors: [4]", "found a list, expected a positive integer"),
        ("max_executors: 2147483648", "found the number 2147483648, expected a positive integer, at most 2147483647"),
        (
            "max_executors: 99999999999999999999",
            "found the number 99999999999999999999, expected a positive integer, at most 2147483647"
        ),
        ("max_executors_per_slave: yes", "found the boolean yes, expected a positive integer"),
        ("timeout: 0", "found the number 0, expected a positive number of seconds, at most 2147483647"),
        ("timeout: -0.5", "found the number -0.5, expected a positive number of seconds, at most 2147483647"),
        ("timeout: 1e300", "found the number 1e300, expected a positive number of seconds, at most 2147483647"),
        ("timeout: .inf", "found the string \".inf\", expected a positive number of seconds"),
        ("timeout: 10s", "found the string \"10s\", expected a positive number of seconds"),
        ("retries: -1", "found the number -1, expected 0 or a positive integer, at most 2147483647"),
        ("fail_fast: 1", "found the number 1, expected true or false"),
        ("fail_fast: \"true\"", "found the string \"true\", expected true or false"),
        ("speculate: 2", "found the number 2, expected true or false"),
        ("batch: 8", "found the number 8, expected true or false"),
        ("batch: [a]", "found a list, expected true or false"),
        ("errexit: sometimes", "found the string \"sometimes\", expected true or false"),
        ("speculate: often", "found the string \"often\", expected true or false"),
        ("environment: [A]", "found a list, expected a map of variable names to values"),
        ("environment: A=b", "found the string \"A=b\", expected a map of variable names to values"),
        ("environment: {A: [b]}", "found a list, expected a string"),
        ("environment: {A: \"\\0\"}", "found a NUL character in \"\\0\", expected a string without one"),
        (
            "environment: {9: b}",
            "found the variable name \"9\", expected letters, digits and underscores, not beginning with a digit"
        ),
        ("setup_build: x", "found the string \"x\", expected a list of commands"),
        ("teardown_build: [[]]", "found an empty list, expected a command"),
    ])
    func `Values of the wrong kind are reported`(line: String, fault: String) throws {
        let key = try #require(line.split(separator: ":").first)
        let faults = faults(inJob: line)
        #expect(faults.count == 1)
        #expect(faults.first?.hasPrefix("f:4:") == true)
        #expect(faults.first?.hasSuffix(": job \"A\": key \"\(key)\": \(fault)") == true, "\(faults)")
    }

    @Test(arguments: [
        "max_executors: 1", "max_executors: 2147483647", "timeout: 0.001", "retries: 0", "fail_fast: off",
    ])
    func `Values at the edge are taken`(line: String) {
        #expect(faults(inJob: line).isEmpty)
    }

    @Test(arguments: ["ATOMS", "ATOMS_FILE"])
    func `The names of the lists of atoms are refused only with batch`(name: String) {
        let job = "commands: [x], atomizers: [\(name): y], environment: {\(name): z}"
        #expect(faults("A: {\(job)}").isEmpty)
        #expect(faults("A: {\(job), batch: false}").isEmpty)
        let found = faults("A: {\(job), batch: true}")
        #expect(found.count == 2)
        #expect(
            found.allSatisfy {
                $0.hasSuffix("found the variable name \"\(name)\", which ClusterRunner sets, expected another name")
            }
        )
    }

    @Test(arguments: [
        "RANDOM", "SECONDS", "PWD", "IFS", "UID", "BASHPID", "SRANDOM", "_", "OPTIND", "BASH_ARGV0", "PS1",
    ])
    func `A variable of the shell is refused`(name: String) {
        let fault =
            "found the variable name \"\(name)\", which belongs to the shell, so that commands would not see its value, "
            + "expected another name"
        #expect(
            faults("A: {commands: [x], atomizers: [\(name): y], environment: {\(name): z}}") == [
                "f:1:32: job \"A\": key \"atomizers\": \(fault)",
                "f:1:\(52 + name.utf8.count): job \"A\": key \"environment\": \(fault)",
            ]
        )
    }

    @Test(arguments: ["PROJECT_DIR", "ARTIFACT_DIR", "ATOM_ID", "EXECUTOR_INDEX", "CLUSTERRUNNER_ANYTHING"])
    func `A variable of our own is refused`(name: String) {
        #expect(
            faults(inJob: "environment: {\(name): z}") == [
                "f:4:17: job \"A\": key \"environment\": found the variable name \"\(name)\", which ClusterRunner sets, "
                    + "expected another name"
            ]
        )
        #expect(faults("A: {commands: [x], atomizers: [\(name): y]}").count == 1)
    }

    @Test(arguments: ["BASH_ENV", "PS4", "POSIXLY_CORRECT"])
    func `What a shell acts upon is for the environment, not for atoms`(name: String) {
        #expect(faults(inJob: "environment: {\(name): z}") == [])
        #expect(faults("A: {commands: [x], atomizers: [\(name): y]}").count == 1)
    }

    @Test(arguments: [
        "ENV", "HOME", "PATH", "HOSTNAME", "random", "COLUMNS", "TMPDIR", "LANG", "SHELL", "REPLY", "CLUSTERRUNNER",
    ])
    func `Variables whose value arrives may be used`(name: String) {
        #expect(faults("A: {commands: [x], atomizers: [\(name): y], environment: {\(name): z}}") == [])
    }

    @Test func `Commands beyond the size of an argument are refused`() {
        let command = String(repeating: "x", count: 70_000)
        #expect(
            faults("A:\n  commands: [\(command), \(command)]\n  atomizers: [V: y]") == [
                "f:2:13: job \"A\": key \"commands\": found 2 commands of 140060 bytes together, expected at most 128 KiB; "
                    + "move them into a script file"
            ]
        )
    }

    @Test func `A variable that stands twice is reported with its key`() {
        #expect(
            faults(inJob: "environment: {A: 1, A: 2}")
                == [
                    "f:4:23: job \"A\": key \"environment\": found \"A\" a second time (the first stands at line 4), "
                        + "expected each key once"
                ]
        )
    }

    @Test func `A syntax error has its place`() {
        #expect(
            faults("A:\n  commands: [x\n")
                == [
                    "f:3:1: job \"A\": key \"commands\": found a syntax error (did not find expected ',' or ']' "
                        + "while parsing a flow sequence that begins at line 2), expected valid YAML"
                ]
        )
    }

    @Test func `Only the first hundred of many faults are written out`() throws {
        let text = "A:\n" + (1...150).map { "  k\($0): 1\n" }.joined()
        let error = try #require(throws: ClusterRunnerError.self) { try JobFile.parse(text, file: "f") }
        let lines = error.message.split(separator: "\n")
        #expect(lines.count == 102)
        #expect(lines.first == "f has 152 errors.")
        #expect(lines.last == "... and 52 more.")
    }
}
