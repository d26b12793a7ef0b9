import ClusterRunnerJobFile
import ClusterRunnerPlugin
import Testing

@Suite struct InlineJobTests {
    private let job: JSONValue = ["commands": ["x", nil, "y;"], "atomizers": [["V": "z"]], "timeout": .number(2.5)]
    private let expected = Job(
        name: "config",
        command: "x\n{ case $? in 0) ;; *) (exit $?) ;; esac; } 2>&- || exit $?\ny",
        atomizers: [Atomizer(variable: "V", command: "z")],
        timeout: 2.5
    )

    private func message(_ config: JSONValue, jobName: String? = nil) -> String? {
        #expect(throws: ClusterRunnerError.self) { _ = try JobFile.inline(config, jobName: jobName) }?.message
    }

    @Test func `A job is named by the request, or else config`() throws {
        #expect(try JobFile.inline(job, jobName: nil) == expected)
        var named = expected
        named.name = "Mine"
        #expect(try JobFile.inline(job, jobName: "Mine") == named)
    }

    @Test func `One of several jobs is chosen by name`() throws {
        #expect(try JobFile.inline(["A": job], jobName: nil).name == "A")
        #expect(try JobFile.inline(["A": job, "B": job], jobName: "B").name == "B")
        #expect(
            message(["A": job, "B": job])
                == "config has 2 jobs, so the job's name is needed, which is one of \"A\", \"B\"."
        )
        #expect(
            message(["A": job], jobName: "B") == "config has no job \"B\". Its only job is \"A\". Did you mean \"A\"?"
        )
    }

    @Test func `YAML text is read in both forms`() throws {
        let text = "{commands: [x, y;], atomizers: [V: z], timeout: 2.5}"
        #expect(try JobFile.inline(.string(text), jobName: nil) == expected)
        #expect(try JobFile.inline(.string("config: \(text)"), jobName: nil) == expected)
        #expect(try JobFile.inline(.string("A: \(text)\nB: \(text)"), jobName: "B").name == "B")
    }

    @Test func `Templates may stand beside a single job`() throws {
        let text = "{x-list: &list [x, y], commands: *list, atomizers: [V: z], timeout: 2.5}"
        #expect(try JobFile.inline(.string(text), jobName: nil) == expected)
        #expect(
            message(.string("x-list: [x, y]"))
                == "config has 1 error.\nconfig:1:1: found nothing but templates, expected a job beside them"
        )
    }

    @Test func `An object is validated like a file, without places`() {
        #expect(
            message(["commands": ["x"], "atomisers": [], "retries": -1, "environment": ["1": "x"]], jobName: "Mine")
                == """
                config has 4 errors.
                config: job "Mine": key "atomisers": found an unknown key, expected one of commands, atomizers, \
                setup_build, teardown_build, max_executors, max_executors_per_slave, timeout, setup_timeout, \
                teardown_timeout, retries, fail_fast, speculate, batch, errexit, junit, report, environment, container, container_options, did you mean "atomizers"?
                config: job "Mine": key "retries": found the number -1, expected 0 or a positive integer, at most 2147483647
                config: job "Mine": key "environment": found the variable name "1", expected letters, digits and \
                underscores, not beginning with a digit
                config: job "Mine": key "atomizers": found nothing, expected a list of maps VARIABLE: command
                """
        )
        #expect(
            message(["A": ["commands": "x", "atomizers": [["V": "y"]]]])
                == "config has 1 error.\nconfig: job \"A\": key \"commands\": found the string \"x\", expected a list of commands"
        )
    }

    @Test func `Text is validated with its places`() {
        #expect(
            message("commands: [x]\natomizers: [V: y]\nretries: x\nretries: y")
                == """
                config has 2 errors.
                config:3:10: job "config": key "retries": found the string "x", expected 0 or a positive integer
                config:4:1: job "config": key "retries": found "retries" a second time (the first stands at line 3), \
                expected each key once
                """
        )
    }

    @Test func `Misspelt keys with lists are still keys of a job`() {
        #expect(message(["comands": ["x"]])?.contains("key \"comands\": found an unknown key") == true)
    }

    @Test(
        arguments: [
            (5, "\"config\" must be a map or YAML text, not a number."),
            ([], "\"config\" must be a map or YAML text, not a list."),
            ([:], "config has 1 error.\nconfig: found an empty map, expected a map of job name to job, or a job"),
            ("", "config has 1 error.\nconfig:1:1: found nothing, expected a map of job name to job, or a job"),
            (
                ["A": "x"],
                "config has 1 error.\nconfig: job \"A\": found the string \"x\", expected a map with the keys of a job"
            ),
        ] as [(JSONValue, String)]
    )
    func `What is no job is refused`(config: JSONValue, expected: String) {
        #expect(message(config) == expected)
    }
}
