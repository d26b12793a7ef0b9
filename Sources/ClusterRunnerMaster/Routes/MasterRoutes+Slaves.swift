import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerHTTP
import ClusterRunnerPlugin
import ClusterRunnerWire
import Hummingbird

/// Slaves: list, show, drain, resume, shut down.
extension MasterRoutes {
    var slaveRoutes: [Route] {
        [
            .get("slave", childRoutes: Self.slaveListChildRoutes) { request in
                let page = try request.page()
                let slaves = await listedSlaves().dropFirst(page.offset).prefix(page.limit ?? .max)
                return try request.respond(SlavesAnswer(slaves.map { SlaveRepresentation($0) }))
            },
            .get("slave/{slave_id}", childRoutes: Self.slaveChildRoutes) { request in
                try request.respond(SlaveAnswer(SlaveRepresentation(try await slave(request))))
            },
            Route(.put, "slave/{slave_id}", access: .change, body: .json) { try await changeSlave($0) },
            Route(.post, "slave/shutdown", access: .legacy, body: .json) { request in
                try await shutDown(try await slavesToShutDown(request))
                return try request.respond(status: .accepted)
            },
            Route(.post, "slave/{slave_id}/shutdown", access: .legacy, body: .json) { request in
                try request.expectNoFields()
                // A slave that was told to end requests its own shutdown.
                let isOwn = request.header(HeaderName.slaveToken) != nil
                try await shutDown([try await slave(request).id], isDismissal: !isOwn)
                return try request.respond(status: .accepted)
            },
        ]
    }

    private static let slaveListChildRoutes = ["slave": "/v1/slave/[slave_id]", "shutdown": "/v1/slave/shutdown"]
    private static let slaveChildRoutes = [
        "shutdown": "/v1/slave/[slave_id]/shutdown", "heartbeat": "/v1/slave/[slave_id]/heartbeat",
        "history": "/v1/slave/[slave_id]/history",
    ]

    private func slave(_ request: RouteRequest) async throws -> SlaveStatus {
        let id: SlaveID = try request.id("slave_id")
        guard let slave = await slaves().first(where: { $0.id == id }) else {
            throw ClusterRunnerError(.notFound, "Invalid slave id: \(id).")
        }
        return slave
    }

    /// Drains or resumes a slave.
    private func changeSlave(_ request: RouteRequest) async throws -> Response {
        let isDraining = try Self.drains(try JSONCoding.decodeObject(from: request.body))
        let slave = try await slave(request)
        guard slave.isAlive, !slave.isShuttingDown else {
            throw ClusterRunnerError(.invalidState, "Slave \(slave.title) has left or is about to leave.")
        }
        try await coordinator.setDraining(isDraining, slave: slave.id)
        let predicate =
            isDraining ? "finishes what it runs, and gets no more work until it is resumed" : "gets work again"
        return try request.respond(MessageAnswer("Slave \(slave.title) \(predicate)."))
    }

    private static func drains(_ fields: [String: JSONValue]) throws -> Bool {
        if let key = fields.keys.sorted().first(where: { $0 != "state" }) {
            throw ClusterRunnerError(.invalidArgument, "Key (\(key)) is not in list of allowed keys (state)")
        }
        switch fields["state"] {
        case "draining": return true
        case "active": return false
        case let other:
            let value = other.map { $0.string ?? $0.kindName } ?? "missing"
            throw ClusterRunnerError(
                .invalidArgument,
                "Value (\(value)) is not in list of allowed values (['draining', 'active']) for state"
            )
        }
    }

    /// Returns the connected slaves, and for a while those that were lost or left by themselves.
    func listedSlaves() async -> [SlaveStatus] {
        await slaves().filter { $0.isAlive || !$0.isDismissed }
    }

    /// Shuts slaves down; returns once those without a build have left, which takes one message.
    private func shutDown(_ ids: [SlaveID], isDismissal: Bool = true) async throws {
        let idle = await coordinator.slaves
            .filter { ids.contains($0.id) && $0.isAlive && $0.phase == .idle }.map(\.id)
        let wakeups = events.signal.listen()
        try await coordinator.shutDown(slaves: ids, isDismissal: isDismissal)
        guard !idle.isEmpty else { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                var iterator = wakeups.makeAsyncIterator()
                repeat {
                    let left = await coordinator.slaves.filter { idle.contains($0.id) && $0.isAlive }
                    if left.isEmpty { return }
                } while await iterator.next() != nil
            }
            // A slave that does not answer must not hold up the caller.
            group.addTask { try? await timekeeper.sleep(for: Self.longestFarewell) }
            await group.next()
            group.cancelAll()
        }
        await coordinator.showSlaves()
    }

    private static let longestFarewell = Duration.seconds(5)

    private func slavesToShutDown(_ request: RouteRequest) async throws -> [SlaveID] {
        let fields = try JSONCoding.decodeObject(from: request.body)
        let known = await coordinator.slaves.filter(\.isAlive).map(\.id)
        if fields["shutdown_all"] == true { return known }
        guard let list = fields["slaves"]?.array else {
            throw ClusterRunnerError(.invalidArgument, "Say {\"slaves\": [1, 2]} or {\"shutdown_all\": true}.")
        }
        return try list.map { value in
            guard let id = value.integer.map({ SlaveID($0) }), known.contains(id) else {
                let text = value.integer.map(String.init) ?? value.kindName
                throw ClusterRunnerError(.notFound, "Invalid slave id: \(text).")
            }
            return id
        }
    }
}

extension SlaveStatus {
    /// The number with the name, for sentences.
    fileprivate var title: String { name.map { "\(id) (\($0))" } ?? "\(id)" }
}
