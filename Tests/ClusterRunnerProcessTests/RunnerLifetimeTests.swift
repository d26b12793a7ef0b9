import ClusterRunnerPlugin
import Foundation
import Logging
import Testing

@testable import ClusterRunnerProcess

@Suite struct RunnerLifetimeTests {
    /// A log handler that passes messages to a stream.
    private struct StreamHandler: LogHandler {
        let continuation: AsyncStream<String>.Continuation
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { continuation.yield("\(event.message)") }
    }

    private func openDescriptors() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    }

    /// Runs a command on a runner of its own and returns when the thread of that runner has ended.
    private func useRunnerOnce() async throws {
        let (messages, continuation) = AsyncStream.makeStream(of: String.self)
        let logger = Logger(label: "test") { _ in StreamHandler(continuation: continuation) }
        do {
            let fixture = try CommandFixture(logger: logger)
            let outcome = try await fixture.run("true")
            #expect(outcome.isSuccess, "\(outcome)")
        }
        for await message in messages where message == "The thread that watches commands has ended." { return }
    }

    // The other tests of this process open descriptors at the same time: hence the margins, far below a leak of one
    // descriptor per command or runner.
    @Test func `A command leaves no descriptor open`() async throws {
        let fixture = try CommandFixture()
        let before = try openDescriptors()
        for _ in 0..<400 { try await fixture.run(":") }
        #expect(try openDescriptors() - before < 350)
    }

    @Test(.timeLimit(.minutes(10)))
    func `The thread and its descriptors go with the runner`() async throws {
        let before = try openDescriptors()
        for _ in 0..<100 { try await useRunnerOnce() }
        #expect(try openDescriptors() - before < 90)
    }

    @Test func `A runner that is released while a command runs ends it properly`() async throws {
        let fixture = try CommandFixture()
        let command = fixture.command("sleep 0.1; exit 3")
        let outcome = try await ProcessCommandRunner(logger: Logger(label: "test")).run(command)
        #expect(outcome.end == .exited(3))
    }
}
