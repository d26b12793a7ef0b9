import ClusterRunnerPlugin
import Foundation
import Testing

@testable import ClusterRunnerProcess

@Suite struct CommandResultTests {
    @Test(arguments: [0, 1, 2, 77, 255] as [Int32])
    func `An exit code is a result and not an error`(code: Int32) async throws {
        let outcome = try await CommandFixture().run("exit \(code)")
        #expect(outcome.end == .exited(code))
        #expect(outcome.exitCode == code)
        #expect(outcome.isSuccess == (code == 0))
    }

    @Test func `A signal that somebody else sent is told from an exit code`() async throws {
        let outcome = try await CommandFixture().run("kill -USR1 $$")
        #expect(outcome.end == .signaled(SIGUSR1))
        #expect(outcome.exitCode == 128 + SIGUSR1)
    }

    @Test func `The time is that of the command`() async throws {
        let outcome = try await CommandFixture().run("sleep 0.05")
        #expect(outcome.elapsed >= .milliseconds(50))
    }

    @Test func `Both outputs go to one file in the order written`() async throws {
        let fixture = try CommandFixture()
        try await fixture.run("for i in 1 2 3; do echo out $i; echo err $i >&2; done")
        #expect(try fixture.text() == "out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n")
    }

    @Test func `Two outputs go to two files`() async throws {
        let fixture = try CommandFixture()
        var command = fixture.command("echo out; echo err >&2")
        command.output = .separate(output: fixture.path("out"), error: fixture.path("err"))
        _ = try await fixture.runner.run(command)
        #expect(try fixture.text("out") == "out\n")
        #expect(try fixture.text("err") == "err\n")
    }

    @Test func `Two outputs to one path lose nothing`() async throws {
        let fixture = try CommandFixture()
        var command = fixture.command("echo out; echo err >&2; echo out")
        command.output = .separate(output: fixture.path("output"), error: fixture.path("output"))
        _ = try await fixture.runner.run(command)
        #expect(try fixture.text() == "out\nerr\nout\n")
    }

    @Test func `Output of an earlier command is replaced`() async throws {
        let fixture = try CommandFixture()
        try await fixture.run("echo a long line")
        try await fixture.run("echo short")
        #expect(try fixture.text() == "short\n")
    }

    @Test func `Binary output arrives byte for byte`() async throws {
        let fixture = try CommandFixture()
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        try Data(bytes).write(to: URL(fileURLWithPath: fixture.path("input")))
        try await fixture.run("cat input; printf '\\0\\377'")
        #expect(try fixture.bytes() == bytes + [0, 255])
    }

    @Test func `A pipe fails when its first command fails`() async throws {
        #expect(try await CommandFixture().run("false | true").end == .exited(1))
    }

    @Test func `Two hundred commands run at once`() async throws {
        let fixture = try CommandFixture()
        let codes = try await withThrowingTaskGroup(of: (Int, Int32).self) { group in
            for number in 0..<200 {
                let command = fixture.command(
                    "echo $N; exit $((N % 50))",
                    environment: ["N": "\(number)"],
                    output: "\(number)"
                )
                group.addTask { (number, try await fixture.runner.run(command).exitCode) }
            }
            return try await group.reduce(into: [Int: Int32]()) { $0[$1.0] = $1.1 }
        }
        #expect(codes.count == 200)
        for number in 0..<200 {
            #expect(codes[number] == Int32(number % 50))
            #expect(try fixture.text("\(number)") == "\(number)\n")
        }
    }
}
