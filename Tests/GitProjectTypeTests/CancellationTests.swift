import ClusterRunnerPlugin
import ClusterRunnerTesting
import Foundation
import Glibc
import Testing

@testable import GitProjectType

@Suite(.timeLimit(.minutes(10))) struct CancellationTests {
    @Test(arguments: ["http", "git"])
    func `A fetch from a server that never answers ends when it is canceled`(scheme: String) async throws {
        try await Sandbox.with { sandbox in
            let server = try SilentServer()
            let project = try sandbox.project(["url": .string("\(scheme)://127.0.0.1:\(server.port)/r")])
            let workspace = try sandbox.directory("workspace")
            try await withThrowingTaskGroup(of: FetchedProject.self) { group in
                group.addTask { try await project.fetch(into: workspace) }
                try await server.connected()
                group.cancelAll()
                await #expect(throws: CancellationError.self) { try await group.next() }
            }
            // Ends the abandoned thread before its directory is removed.
            server.close()
            await project.teardown()
            try await withMirrorFree(project)
        }
    }

    @Test func `A remote that says nothing, or takes too long, is given up`() async throws {
        try await Sandbox.with { sandbox in
            let server = try SilentServer()
            defer { server.close() }
            let url = "git://127.0.0.1:\(server.port)/r"
            let start = "Fetching the default branch of the remote \"origin\" (\(url)) failed: "
            let silent = try sandbox.project(["url": .string(url)], silence: .seconds(1))
            #expect(
                await fetchError(silent, into: try sandbox.directory("silent"))?.message
                    == "\(start)the remote said nothing for 1 seconds."
            )
            let late = try sandbox.project(["url": .string(url)], timeout: .seconds(1))
            #expect(
                await fetchError(late, into: try sandbox.directory("late"))?.message
                    == "\(start)it took longer than git_timeout allows, 1 seconds."
            )
        }
    }

    @Test func `All that a program started ends with it when it is stopped`() async throws {
        try await Sandbox.with { sandbox in
            let stop = StopFlag()
            // Ignores TERM, and holds the lock as long as it lives.
            let script = "trap '' TERM; exec 9>\(sandbox.path("lock")); flock 9; (sleep 600 & wait) & echo x >&2; wait"
            let thread = GitThread(label: "test")
            async let end = thread.run { _ in
                try ChildProgram.run(
                    ["bash", "-c", script],
                    environment: Sandbox.environment,
                    limits: .question,
                    stop: stop
                ).end
            }
            stop.set()
            #expect(try await end == .ended(.stopped))
            try await GitThread(label: "wait").run { _ in try withFileLock(at: sandbox.path("lock")) {} }
        }
    }

    @Test func `Work that watches its flag is stopped`() async throws {
        let thread = GitThread(label: "test")
        let (started, continuation) = AsyncStream<Void>.makeStream()
        await withTaskGroup { group in
            group.addTask {
                await #expect(throws: CancellationError.self) {
                    try await thread.run { stop in
                        continuation.yield()
                        while true { try stop.check() }
                    }
                }
            }
            for await _ in started { break }
            group.cancelAll()
        }
    }

    @Test func `A failure after a cancellation is the cancellation`() async throws {
        let thread = GitThread(label: "test")
        let (started, continuation) = AsyncStream<Void>.makeStream()
        await withTaskGroup { group in
            group.addTask {
                await #expect(throws: CancellationError.self) {
                    try await thread.run { stop in
                        continuation.yield()
                        while !stop.isSet {}
                        throw ClusterRunnerError(.failed, "The callback said no.")
                    }
                }
            }
            for await _ in started { break }
            group.cancelAll()
        }
    }

    @Test func `A task that is canceled already does not begin`() async throws {
        let thread = GitThread(label: "test")
        await withTaskGroup(of: Void.self) { group in
            group.cancelAll()
            group.addTask {
                await #expect(throws: CancellationError.self) {
                    try await thread.run { _ in Issue.record("It began.") }
                }
            }
        }
    }

    @Test func `A slave whose master stops answering ends when it is canceled`() async throws {
        try await Sandbox.with { sandbox in
            let master = try sandbox.project(["url": .string(try sandbox.makeRepository())])
            let fetched = try await master.fetch(into: try sandbox.directory("workspace"))
            let (asked, continuation) = AsyncStream<Void>.makeStream()
            let source = SilentMaster(asked: continuation)
            let slave = try sandbox.project(fetched.slaveParameters.values, on: "slave", role: .slave(master: source))
            let workspace = try sandbox.directory("slave-workspace")
            await withThrowingTaskGroup(of: FetchedProject.self) { group in
                group.addTask { try await slave.fetch(into: workspace) }
                for await _ in asked { break }
                group.cancelAll()
                await #expect(throws: CancellationError.self) { try await group.next() }
            }
        }
    }

    /// Waits until the project's mirror is not locked.
    private func withMirrorFree(_ project: GitProjectType) async throws {
        let mirror = try Mirror(of: project.git.url, below: project.directory)
        try await GitThread(label: "wait").run { _ in try withFileLock(at: "\(mirror.path).lock") {} }
    }
}

/// A server that accepts connections and never answers.
private final class SilentServer: Sendable {
    let port: Int
    private let descriptor: Int32

    init() throws {
        // A child that another test starts meanwhile must not keep the connections open.
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) | listen(descriptor, 5) | getsockname(descriptor, $0, &length)
            }
        }
        try #require(code == 0)
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    /// Returns after the first connection.
    func connected() async throws {
        let descriptor = descriptor
        try await GitThread(label: "accept").run { _ in
            var question = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            try #require(poll(&question, 1, -1) == 1)
        }
    }

    /// Resets the connections.
    func close() {
        _ = Glibc.close(descriptor)
    }
}

/// A master that takes a request and never answers.
private struct SilentMaster: ProjectSource {
    let asked: AsyncStream<Void>.Continuation

    func request(_ body: [UInt8]) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        let (stream, continuation) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        continuation.onTermination = { _ in _ = continuation }
        continuation.yield([0x50])
        asked.yield()
        return stream
    }
}
