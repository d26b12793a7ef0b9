import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerHTTP
import ClusterRunnerPlugin
import ClusterRunnerWire
import Foundation
import Hummingbird
import Logging
import ServiceLifecycle

@testable import ClusterRunnerSlave

/// A master that a test plays: it listens on a real socket, decides nothing, and keeps the messages of slaves.
actor PlayedMaster {
    /// A message of a slave: the last part of the path, and the body.
    struct Message: Sendable {
        let action: String
        let body: [UInt8]

        func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try JSONCoding.decode(type, from: body) }
    }

    private var answers: [String: [Result<[UInt8], ClusterRunnerError>]] = [:]
    private nonisolated let messages: AsyncStream<Message>
    private nonisolated let continuation: AsyncStream<Message>.Continuation
    private nonisolated let instructions: AsyncStream<SlaveInstruction>
    private nonisolated let instructionContinuation: AsyncStream<SlaveInstruction>.Continuation
    private nonisolated let authenticator: MessageAuthenticator

    init() throws {
        (messages, continuation) = AsyncStream.makeStream()
        (instructions, instructionContinuation) = AsyncStream.makeStream()
        authenticator = try MessageAuthenticator(key: [1, 2, 3])
    }

    /// Sets the answer to the next request of a kind, instead of the default.
    func prepare(_ action: String, _ answer: Result<[UInt8], ClusterRunnerError>) {
        answers[action, default: []].append(answer)
    }

    /// Sends an instruction to the connected slave.
    nonisolated func instruct(_ instruction: SlaveInstruction) { instructionContinuation.yield(instruction) }

    /// Returns the next message, except for those that depend on time: heartbeats, and output of atoms.
    func next() async throws -> Message {
        try await first { !["heartbeat", "console", "command"].contains($0.action) }
    }

    /// Returns the next message of a kind; others before it are dropped.
    func next(_ action: String) async throws -> Message { try await first { $0.action == action } }

    private func first(_ isWanted: (Message) -> Bool) async throws -> Message {
        for await message in messages where isWanted(message) { return message }
        throw ClusterRunnerError(.failed, "The master has ended.")
    }

    private static func length(after report: CommandReport) -> Int { report.offset + report.bytes.count }

    private func answer(_ message: Message) throws -> [UInt8] {
        continuation.yield(message)
        if var prepared = answers[message.action], !prepared.isEmpty {
            let answer = prepared.removeFirst()
            answers[message.action] = prepared
            return try answer.get()
        }
        return switch message.action {
        case "slave": Array(#"{"slave_id": 5, "lost_leases": [], "silence_limit": 10, "token": "t"}"#.utf8)
        case "results": Array(#"{"grants": [], "refused": [], "lost_leases": []}"#.utf8)
        case "heartbeat": Array(#"{"lost_leases": []}"#.utf8)
        case "console": Array(#"{"length": 0}"#.utf8)
        case "command":
            try JSONCoding.encode(ConsoleReceipt(length: Self.length(after: message.decode(CommandReport.self))))
        default: Array("{}".utf8)
        }
    }
}

// MARK: The service

extension PlayedMaster {
    /// Listens, runs a body with a client of itself, and ends.
    nonisolated func run<Success: Sendable>(
        _ body: @Sendable (MasterConnection) async throws -> Success
    ) async throws -> Success {
        let (ports, ready) = AsyncStream<Int>.makeStream()
        let responder = ServiceResponder(
            routes: routes,
            authentication: .init(authenticator: authenticator, authenticateReads: false, requireSignature: false),
            sessionID: "played"
        )
        let service = HTTPService(
            endpoint: .init(host: "127.0.0.1", port: 0),
            responder: responder,
            logger: .silent,
            onListening: { ready.yield($0) }
        )
        let group = ServiceGroup(services: [service], logger: .silent)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { ready.finish() }
                try await group.run()
            }
            let port = await ports.first { _ in true } ?? 0
            let address = MasterAddress(host: "127.0.0.1", port: port)
            let connection = try MasterConnection(address: address, authenticator: authenticator)
            let result: Result<Success, any Error>
            do { result = .success(try await body(connection)) } catch { result = .failure(error) }
            await connection.shutDown()
            instructionContinuation.finish()
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return try result.get()
        }
    }

    private nonisolated var routes: [Route] {
        let posts = [
            "slave", "slave/{id}/heartbeat", "slave/{id}/setup", "slave/{id}/command", "slave/{id}/console",
            "slave/{id}/results", "slave/{id}/teardown", "slave/{id}/goodbye", "slave/{id}/shutdown",
        ].map { path in
            Route(.post, path, access: .component, body: .json) { [self] request in
                let action = String(path.split(separator: "/").last ?? "")
                return Self.json(try await answer(Message(action: action, body: request.body)))
            }
        }
        let upload = Route(.put, "slave/{id}/upload/{name}", access: .component, body: .json) { [self] request in
            Self.json(try await answer(Message(action: "upload", body: request.body)))
        }
        return posts + [
            upload,
            Route(.get, "slave/{id}/instructions", access: .component) { [self] _ in stream(instructions) },
        ]
    }

    private nonisolated static func json(_ bytes: [UInt8]) -> Response {
        Response(status: .ok, body: .init(byteBuffer: .init(bytes: bytes)))
    }

    private nonisolated func stream(_ instructions: AsyncStream<SlaveInstruction>) -> Response {
        Response(
            status: .ok,
            body: ResponseBody { writer in
                try await writer.write(.init(string: "\n"))
                for await instruction in instructions {
                    try await writer.write(.init(bytes: try JSONCoding.encode(instruction) + [UInt8(ascii: "\n")]))
                }
                try await writer.finish(nil)
            }
        )
    }

    /// Makes the parts of a slave of this master.
    nonisolated func parts(_ connection: MasterConnection, _ timekeeper: Timekeeper = .system()) -> SlaveParts {
        .test(connection, authenticator, timekeeper)
    }
}
