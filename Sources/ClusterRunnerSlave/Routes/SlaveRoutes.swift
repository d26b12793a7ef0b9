import ClusterRunnerDomain
import ClusterRunnerHTTP
import ClusterRunnerOpenAPI
import ClusterRunnerPlugin
import ClusterRunnerWire
import Hummingbird
import NIOCore

/// The routes of a slave's own API.
struct SlaveRoutes: Sendable {
    let settings: SlaveSettings
    let sessionID: String
    let masterURL: String
    let agent: SlaveAgent
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
                try await request.respond(health: await agent.slaveID > 0 ? [] : [unregistered])
            },
            .get("executor", childRoutes: ["executor": "/v1/executor/[executor_id]"]) { request in
                try request.respond(ExecutorsAnswer(await executors))
            },
            .get("executor/{executor_id}") { request in
                let id = try request.id("executor_id")
                guard let executor = await executors.dropFirst(id).first else {
                    throw ClusterRunnerError(.notFound, "Invalid executor id: \(id).")
                }
                return try request.respond(ExecutorAnswer(executor))
            },
            .get("metrics") { _ in
                Response(
                    status: .ok,
                    headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                    body: ResponseBody(byteBuffer: .init(string: await metrics))
                )
            },
            .get("openapi.json") { _ in .json(body: ByteBuffer(bytes: OpenAPIDocument.slave)) },
            Route(.post, "kill", access: .legacy, body: .json) { request in
                try request.expectNoFields()
                await kill()
                return try request.respond(status: .accepted)
            },
        ]
    }

    private var unregistered: HealthRepresentation.Obstacle {
        .init(kind: .registration, reason: "The slave is not registered with the master at \(masterURL).")
    }

    private static let rootRoutes = [
        "executors": "/v1/executor", "health": "/v1/health", "metrics": "/v1/metrics", "openapi": "/v1/openapi.json",
        "version": "/v1/version",
    ]

    private var description: SlaveSelfRepresentation {
        get async {
            let slaveID = await agent.slaveID
            return SlaveSelfRepresentation(
                masterURL: masterURL,
                build: await agent.current?.setup.build,
                slaveID: slaveID > 0 ? slaveID : nil,
                executors: await executors,
                sessionID: sessionID
            )
        }
    }

    private var executors: [ExecutorRepresentation] {
        get async {
            let session = await agent.current
            let running = session?.running.all ?? [:]
            return (0..<settings.executors).map { executor in
                let claim = running[executor]?.claim
                return ExecutorRepresentation(
                    id: executor,
                    build: claim == nil ? nil : session?.setup.build,
                    running: claim
                )
            }
        }
    }

    private var metrics: String {
        get async {
            let busy = await agent.current?.running.all.count ?? 0
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
}
