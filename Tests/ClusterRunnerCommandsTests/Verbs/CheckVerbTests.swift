import ArgumentParser
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerCommands

@Suite struct CheckVerbTests {
    let scratch: ScratchDirectory

    init() throws {
        scratch = try ScratchDirectory()
    }

    private func check(_ arguments: String...) async -> String? {
        do {
            try await CheckVerb.parse(arguments + ["--no-atomizers"]).run()
            return nil
        } catch let error as ClusterRunnerError {
            return error.message
        } catch {
            return "\(error)"
        }
    }

    @Test func `A job that says little is described in few lines`() {
        let job = Job(name: "Unit", command: "make test", atomizers: [Atomizer(variable: "T", command: "ls")])
        #expect(
            JobDescription(job: job).text == """
                Unit:
                  atoms, as T: ls
                  for each atom: make test
                """
        )
    }

    @Test func `Everything that a job says is described, in the order of a build`() {
        let job = Job(
            name: "All",
            command: "run $A",
            atomizers: [Atomizer(variable: "A", command: "seq 3"), Atomizer(variable: "B", command: "ls")],
            setup: "make",
            teardown: "make clean",
            maxExecutors: 4,
            maxExecutorsPerSlave: 2,
            timeout: 1.5,
            retries: 3,
            failFast: true,
            speculate: true,
            environment: ["Z": "1", "LANG": "C"]
        )
        #expect(
            JobDescription(job: job).text == """
                All:
                  once per slave, first: make
                  atoms, as A: seq 3
                  atoms, as B: ls
                  an atom sets only one of A, B; the others are unset
                  for each atom: run $A
                  once per slave, last: make clean
                  limits: at most 4 executors, at most 2 executors per slave, 1.5 s per atom, a failed atom is run again \
                up to 3 times, the first failure ends the build, an atom that takes far too long is run a second time
                  LANG=C
                  Z=1
                """
        )
    }

    @Test func `Several commands stand below each other`() throws {
        let config: JSONValue = [
            "commands": ["cd build", "make\nmake check"], "atomizers": [["A": "seq 2"], ["A": "seq 3"]],
            "errexit": false,
        ]
        #expect(
            JobDescription(job: try JobFile.inline(config, jobName: "Unit")).text == """
                Unit:
                  atoms, as A: seq 2
                  atoms, as A: seq 3
                  for each atom:
                    cd build
                    {
                    make
                    make check
                    }
                  limits: a failing line does not end its command
                """
        )
    }

    @Test func `A path with nothing at it is named`() async {
        let path = "\(scratch.path)/nothing.yaml"
        #expect(await check(path) == "There is nothing at \(path). Name a job file, or its directory.")
    }

    @Test func `A directory without a job file is refused by name`() async {
        #expect(await check(scratch.path)?.contains(scratch.path) == true)
    }

    @Test func `A broken job file is refused with its path`() async throws {
        let path = try scratch.write("Unit:\n  commands: 3\n", to: "other.yaml")
        #expect(await check(path)?.contains(path) == true)
        #expect(await check(path)?.contains("commands") == true)
    }

    @Test func `A job that the file does not have is named with those it has`() async throws {
        let path = try scratch.write(
            "Unit:\n  commands: [\"true\"]\n  atomizers: [{A: \"echo 1\"}]\n",
            to: "clusterrunner.yaml"
        )
        let message = try #require(await check(path, "-j", "Untt"))
        #expect(message.contains("Untt"))
        #expect(message.contains("Unit"))
    }
}
