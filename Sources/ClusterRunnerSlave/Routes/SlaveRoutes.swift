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
            .get("", childRoutes: Self.rootRoutes) { request in try request.respond(SlaveSelfAnswer(await description))
            },
            .get("version", access: .open) { request in
                try request.respond(VersionAnswer(version: settings.version, apiVersion: request.version.rawValue))
            },
            .get("health", access: .open) { request in
                let isReady = await agent.slaveID > 0
                let answer = HealthAnswer(health: HealthRepresentation(ready: isReady))
                return try request.respond(answer, status: isReady ? .ok : .serviceUnavailable)
            },
            .get("executor", childRoutes: ["executor": "/v1/executor/[executor_id]"]) { request in
                try request.respond(ExecutorsAnswer(executors))
            },
            .get("executor/{executor_id}") { request in
                let id = try request.id("executor_id")
                guard let executor = executors.dropFirst(id).first else {
                    throw ClusterRunnerError(.notFound, "Invalid executor id: \(id).")
                }
                return try request.respond(ExecutorAnswer(executor))
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

    private var description: SlaveSelfRepresentation {
        get async {
            let slaveID = await agent.slaveID
            return SlaveSelfRepresentation(
                masterURL: masterURL,
                build: await agent.current?.setup.build,
                slaveID: slaveID > 0 ? slaveID : nil,
                executors: executors,
                sessionID: sessionID
            )
        }
    }

    private var executors: [ExecutorRepresentation] {
        board.all.enumerated().map { index, activity in
            ExecutorRepresentation(id: index, build: activity?.build, running: activity?.claim)
        }
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
