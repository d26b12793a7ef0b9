import ClusterRunnerJobFile
import ClusterRunnerPlugin
import Testing

@Suite struct JobFileTests {
    private func parse(_ text: String) throws -> JobFile {
        try JobFile.parse(text, file: "clusterrunner.yaml")
    }

    /// The text between two entries of a list of commands.
    private let status = "\n{ case $? in 0) ;; *) (exit $?) ;; esac; } 2>&- || exit $?\n"

    private func message(_ body: () throws -> Job) -> String? {
        #expect(throws: ClusterRunnerError.self) { _ = try body() }?.message
    }

    @Test func `Every key is read`() throws {
        let file = try parse(
            """
            # A comment.
            Unit Tests:
              commands:
                - cd $PROJECT_DIR;
                - ./run "$TEST" &
                - wait
              atomizers:
                - TEST: ls tests/*.sh ;
                - OTHER: printf 'a\\nb'
              setup_build:
                - make
                - make install
              teardown_build: [make clean]
              max_executors: 8
              max_executors_per_slave: 2
              timeout: 1.5
              retries: 3
              fail_fast: yes
              speculate: yes
              batch: on
              errexit: no
              environment: {LANG: C, DEBUG: 1, FLAG: true, EMPTY: "", VERSION: 1.10, NONE: }
            """
        )
        let expected = Job(
            name: "Unit Tests",
            command: "cd $PROJECT_DIR\(status)./run \"$TEST\" &\(status)wait",
            atomizers: [
                Atomizer(variable: "TEST", command: "ls tests/*.sh"),
                Atomizer(variable: "OTHER", command: "printf 'a\\nb'"),
            ],
            setup: "make\(status)make install",
            teardown: "make clean",
            maxExecutors: 8,
            maxExecutorsPerSlave: 2,
            timeout: 1.5,
            retries: 3,
            failFast: true,
            speculate: true,
            batch: true,
            errexit: false,
            environment: ["LANG": "C", "DEBUG": "1", "FLAG": "true", "EMPTY": "", "VERSION": "1.10"]
        )
        #expect(file.jobs == [expected])
    }

    @Test func `What is left out, or null, has its default`() throws {
        let least = try parse("A: {commands: [x], atomizers: [{V: y}]}")
        let nulls = try parse(
            """
            A:
              commands: [~, x, null, ]
              atomizers:
                -
                - V: y
              setup_build:
              teardown_build: [null]
              max_executors: ~
              max_executors_per_slave: null
              timeout:
              retries:
              fail_fast:
              speculate:
              batch:
              errexit:
              environment:
            """
        )
        let expected = Job(name: "A", command: "x", atomizers: [Atomizer(variable: "V", command: "y")])
        #expect(least.jobs == [expected])
        #expect(nulls.jobs == [expected])
    }

    @Test func `The words true and false are commands`() throws {
        let file = try parse("A: {commands: [true, false, yes, \"5\"], atomizers: [{V: true}]}")
        #expect(file.jobs.first?.command == ["true", "false", "yes", "5"].joined(separator: status))
        #expect(file.jobs.first?.atomizers == [Atomizer(variable: "V", command: "true")])
    }

    @Test func `Jobs may share their parts`() throws {
        let file = try parse(
            """
            A: &a
              commands: &c [x]
              atomizers: [V: y]
              retries: 1
            B:
              <<: *a
              setup_build: *c
              retries: 2
            """
        )
        #expect(file.jobs.map(\.name) == ["A", "B"])
        #expect(file.jobs.map(\.command) == ["x", "x"])
        #expect(file.jobs.map(\.setup) == [nil, "x"])
        #expect(file.jobs.map(\.retries) == [1, 2])
    }

    @Test(arguments: [".defaults", "x-defaults"])
    func `What jobs share may stand in a template`(key: String) throws {
        let file = try parse(
            """
            \(key): &defaults
              timeout: 60
              atomizers: [{TEST: seq 2}]
            x-list: &list [a, b]
            .word: &word lint
            unit:
              <<: *defaults
              commands: [unit]
            system:
              <<: *defaults
              timeout: 5
              commands: *list
              setup_build: [*word]
            """
        )
        #expect(file.jobs.map(\.name) == ["unit", "system"])
        #expect(file.jobs.map(\.timeout) == [60, 5])
        #expect(file.jobs.map(\.command) == ["unit", "a\(status)b"])
        #expect(file.jobs.last?.setup == "lint")
        #expect(
            message { try file.job(named: key) } == """
                "\(key)" is no job of clusterrunner.yaml: keys that begin with "x-" or a dot are templates for anchors. \
                Its jobs are "unit", "system".
                """
        )
    }

    @Test func `Windows line ends change nothing`() throws {
        let file = try parse("A:\r\n  commands:\r\n    - x\r\n    - y\r\n  atomizers:\r\n    - V: z\r\n")
        #expect(file.jobs.first?.command == "x\(status)y")
    }

    @Test func `The only job needs no name`() throws {
        let file = try parse("A: {commands: [x], atomizers: [V: y]}")
        #expect(try file.job(named: nil).name == "A")
        #expect(try file.job(named: "A").name == "A")
        #expect(
            message { try file.job(named: "B") }
                == "clusterrunner.yaml has no job \"B\". Its only job is \"A\". Did you mean \"A\"?"
        )
    }

    @Test func `Of several jobs one must be named`() throws {
        let body = "{commands: [x], atomizers: [V: y]}"
        let file = try parse("Unit: \(body)\nLint: \(body)\nDocs: \(body)")
        #expect(try file.job(named: "Lint").name == "Lint")
        #expect(
            message { try file.job(named: nil) }
                == "clusterrunner.yaml has 3 jobs, so the job's name is needed, which is one of \"Unit\", \"Lint\", \"Docs\"."
        )
        #expect(
            message { try file.job(named: "unti") }
                == "clusterrunner.yaml has no job \"unti\". Its jobs are \"Unit\", \"Lint\", \"Docs\". Did you mean \"Unit\"?"
        )
        #expect(
            message { try file.job(named: "") }
                == "clusterrunner.yaml has no job \"\". Its jobs are \"Unit\", \"Lint\", \"Docs\"."
        )
    }
}
