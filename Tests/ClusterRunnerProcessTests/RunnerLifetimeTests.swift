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

    /// Returns the number of open descriptors of files below a path, or of a kind such as `anon_inode:[pidfd]`.
    private func openDescriptors(_ place: String) throws -> Int {
        let directory = "/proc/self/fd"
        return try FileManager.default.contentsOfDirectory(atPath: directory).count { name in
            // One that was closed meanwhile has no link.
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(directory)/\(name)")
            return target?.hasPrefix(place) == true
        }
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

    // Other tests of this process open such descriptors at the same time: hence the margins, below a leak of one
    // descriptor per command or runner.
    @Test func `A command leaves no descriptor open`() async throws {
        let fixture = try CommandFixture()
        let before = try openDescriptors("anon_inode:[pidfd]")
        for _ in 0..<400 { try await fixture.run(":") }
        #expect(try openDescriptors("anon_inode:[pidfd]") - before < 350)
        #expect(try openDescriptors(fixture.folder) == 0)
    }

    @Test(.timeLimit(.minutes(10)))
    func `The thread and its descriptors go with the runner`() async throws {
        let kinds = ["anon_inode:[eventpoll]", "anon_inode:[timerfd]"]
        let before = try kinds.map(openDescriptors)
        for _ in 0..<100 { try await useRunnerOnce() }
        for (kind, before) in zip(kinds, before) { #expect(try openDescriptors(kind) - before < 90, "\(kind)") }
    }

    @Test func `A runner that is released while a command runs ends it properly`() async throws {
        let fixture = try CommandFixture()
        let command = fixture.command("sleep 0.1; exit 3")
        let outcome = try await ProcessCommandRunner(logger: Logger(label: "test")).run(command)
        #expect(outcome.end == .exited(3))
    }
}
