import ClusterRunnerDomain
import ClusterRunnerHTTP
import ClusterRunnerPlugin
import ClusterRunnerWire
import Hummingbird

/// The routes of a slave's own API.
struct SlaveRoutes: Sendable {
    let settings: SlaveSettings
    let sessionID: String
    let masterURL: String
    let agent: SlaveAgent
    let board: ExecutorBoard
    let kill: @Sendable () async -> Void

    /// All routes.
    var all: [Route] {
        [
            .get("", childRoutes: Self.rootRoutes) { request in try request.respond(["slave": await description]) },
            .get("version", access: .open) { request in
                try request.respond([
                    "version": .string(settings.version), "api_version": .integer(request.version.rawValue),
                ])
            },
            .get("health", access: .open) { request in
                let isReady = await agent.slaveID > 0
                return try request.respond(
                    ["health": ["live": true, "ready": .bool(isReady)]],
                    status: isReady ? .ok : .serviceUnavailable
                )
            },
            .get("executor", childRoutes: ["executor": "/v1/executor/[executor_id]"]) { request in
                try request.respond(["executors": executors])
            },
            .get("executor/{executor_id}") { request in
                let id = try request.id("executor_id")
                guard let executor = executors.array?.dropFirst(id).first else {
                    throw ClusterRunnerError(.notFound, "Invalid executor id: \(id).")
                }
                return try request.respond(["executor": executor])
            },
            .get("metrics") { _ in
                Response(
                    status: .ok,
                    headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                    body: ResponseBody(byteBuffer: .init(string: metrics))
                )
            },
            Route(.post, "kill", access: .legacy, body: .json) { request in
                try request.expectNoFields()
                await kill()
                return try request.respond(status: .accepted)
            },
        ]
    }

    private static let rootRoutes = [
        "executors": "/v1/executor", "health": "/v1/health", "metrics": "/v1/metrics", "version": "/v1/version",
    ]

    private var description: JSONValue {
        get async {
            let slaveID = await agent.slaveID
            let build = await agent.current?.setup.build
            return [
                "is_alive": true,
                "master_url": .string(masterURL),
                "current_build_id": build.map(JSONValue.integer) ?? .null,
                "slave_id": slaveID > 0 ? .integer(slaveID) : .null,
                "executors": executors,
                "session_id": .string(sessionID),
            ]
        }
    }

    private var executors: JSONValue {
        .array(
            board.all.enumerated().map { index, activity in
                [
                    "id": .integer(index),
                    "is_busy": .bool(activity != nil),
                    "current_build": activity.map { .integer($0.build) } ?? .null,
                    "current_subjob": activity.map { .integer($0.claim.subjob) } ?? .null,
                    "current_atom": activity.map { .integer($0.claim.atom) } ?? .null,
                ]
            }
        )
    }

    private var metrics: String {
        let busy = board.all.count { $0 != nil }
        return """
            # HELP clusterrunner_slave_executors The executors of this slave.
            # TYPE clusterrunner_slave_executors gauge
            clusterrunner_slave_executors \(settings.executors)
            # HELP clusterrunner_slave_executors_in_use Those that run an atom.
            # TYPE clusterrunner_slave_executors_in_use gauge
            clusterrunner_slave_executors_in_use \(busy)

            """
    }
}
