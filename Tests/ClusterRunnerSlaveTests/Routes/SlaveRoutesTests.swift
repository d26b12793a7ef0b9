import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerHTTP
import ClusterRunnerJobFile
import ClusterRunnerOpenAPI
import ClusterRunnerPlugin
import ClusterRunnerWire
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import ClusterRunnerSlave

@Suite(.timeLimit(.minutes(10))) struct SlaveRoutesTests {
    private let killed = OneShotSignal()
    private let authenticator: MessageAuthenticator

    init() throws {
        authenticator = try MessageAuthenticator(key: [1])
    }

    /// Runs a body with the routes of a slave, behind the checks of a service.
    private func withRoutes(
        authenticateReads: Bool = false,
        legacyClients: Bool = false,
        requireSignature: Bool = false,
        _ body: @escaping @Sendable (any TestClientProtocol, SlaveAgent) async throws -> Void
    ) async throws {
        let connection = try MasterConnection(
            address: MasterAddress(host: "master", port: 1),
            authenticator: authenticator
        )
        let agent = SlaveAgent(machine: .test(.test(connection, authenticator)))
        let routes = routes(of: agent)
        let responder = ServiceResponder(
            routes: routes.all,
            authentication: .init(
                authenticator: authenticator,
                authenticateReads: authenticateReads,
                requireSignature: requireSignature,
                legacyClients: legacyClients
            ),
            sessionID: "session"
        )
        try await Application(responder: responder).test(.router) { try await body($0, agent) }
        await connection.shutDown()
    }

    private func routes(of agent: SlaveAgent) -> SlaveRoutes {
        SlaveRoutes(
            settings: .test("/nowhere", executors: 2),
            sessionID: "session",
            masterURL: "master:1",
            agent: agent,
            kill: { [killed] in killed.fire() }
        )
    }

    /// The operations of the OpenAPI document: method, path and access.
    private func described() throws -> Set<String> {
        let paths = try JSONCoding.decodeObject(from: OpenAPIDocument.slave)["paths"]?.object ?? [:]
        var operations: Set<String> = []
        for (path, item) in paths {
            for (method, operation) in item.object ?? [:] {
                operations.insert("\(method.uppercased()) \(path) \(operation.object?["x-access"]?.string ?? "")")
            }
        }
        return operations
    }

    @Test func `The OpenAPI document describes the routes, and is served`() async throws {
        try await withRoutes { (client, agent) async throws in
            let operations = routes(of: agent).all.flatMap { route in
                route.describedPaths.map { "\(route.method) \($0) \(route.access)" }
            }
            #expect(try described() == Set(operations))
            let answer = try await client.execute(uri: "/v1/openapi.json", method: .get)
            #expect(Array(answer.body.readableBytesView) == OpenAPIDocument.slave)
        }
    }

    private func json(_ response: TestResponse) throws -> [String: JSONValue] {
        try JSONCoding.decodeObject(from: Array(response.body.readableBytesView))
    }

    private func executor(_ id: Int, _ build: JSONValue, _ subjob: JSONValue, _ atom: JSONValue) -> JSONValue {
        [
            "id": .integer(id), "is_busy": .bool(build != .null), "current_build": build, "current_subjob": subjob,
            "current_atom": atom,
        ]
    }

    @Test func `A slave says who it is and what it does`() async throws {
        try await withRoutes { (client, agent) async throws in
            let idle = try json(try await client.execute(uri: "/v1", method: .get))
            let executors: JSONValue = [executor(0, .null, .null, .null), executor(1, .null, .null, .null)]
            #expect(
                idle["slave"] == [
                    "is_alive": true, "master_url": "master:1", "current_build_id": .null, "slave_id": .null,
                    "executors": executors, "session_id": "session",
                ]
            )
            await agent.registered(SlaveWelcome(slaveID: 5, lostLeases: [], silenceLimit: 10, token: "t"))
            try await agent.follow(.setUp(.of(Job(name: "Unit", command: "true", atomizers: []), build: 7)))
            let busy = try json(try await client.execute(uri: "/", method: .get))["slave"]?.object
            #expect(busy?["slave_id"] == 5)
            #expect(busy?["current_build_id"] == 7)
        }
    }

    @Test func `Executors are listed and found by number`() async throws {
        try await withRoutes { (client, agent) async throws in
            try await agent.follow(.setUp(.of(Job(name: "Unit", command: "true", atomizers: []), build: 7)))
            let claim = LeasedAtom(lease: 1, subjob: 2, atom: 3)
            await agent.current?.running.begin(claim, executor: 1, at: .zero)
            let list = try json(try await client.execute(uri: "/v1/executor", method: .get))
            #expect(list["executors"] == [executor(0, .null, .null, .null), executor(1, 7, 2, 3)])
            let one = try json(try await client.execute(uri: "/v1/executor/1", method: .get))
            #expect(one["executor"] == executor(1, 7, 2, 3))
            let none = try await client.execute(uri: "/v1/executor/2", method: .get)
            #expect(none.status == .notFound)
            #expect(try json(none)["error"] == "Invalid executor id: 2.")
            let metrics = try await client.execute(uri: "/v1/metrics", method: .get)
            let text = String(buffer: metrics.body)
            #expect(text.contains("\nclusterrunner_slave_executors 2\n"))
            #expect(text.contains("\nclusterrunner_slave_executors_in_use 1\n"))
        }
    }

    @Test func `A slave is ready once a master knows it`() async throws {
        try await withRoutes { (client, agent) async throws in
            let before = try await client.execute(uri: "/v1/health", method: .get)
            #expect(before.status == .serviceUnavailable)
            #expect(try json(before)["error"] == "The slave is not registered with the master at master:1.")
            await agent.registered(SlaveWelcome(slaveID: 5, lostLeases: [], silenceLimit: 10, token: "t"))
            let after = try await client.execute(uri: "/v1/health", method: .get)
            #expect(after.status == .ok)
            #expect(try json(after)["health"] == ["live": true, "ready": true, "obstacles": []])
            #expect(try json(try await client.execute(uri: "/v1/version", method: .get))["version"] == "1.2.3")
        }
    }

    @Test func `Only a signature ends a slave, and a digest where scripts of 1.x are let in`() async throws {
        for (legacyClients, requireSignature) in [(false, false), (true, true)] {
            try await withRoutes(legacyClients: legacyClients, requireSignature: requireSignature) {
                (client, _) async throws in
                #expect(try await end(client, []) == .unauthorized)
                #expect(try await end(client, try digest(of: "{}")) == .unauthorized)
                #expect(!killed.hasFired)
            }
        }
        try await withRoutes(legacyClients: true) { (client, _) async throws in
            #expect(try await end(client, try digest(of: "x")) == .unauthorized)
            // A body for another route ends no slave.
            let body = #"{"type": "git"}"#
            #expect(try await end(client, try digest(of: body), body: body) == .badRequest)
            #expect(!killed.hasFired)
            #expect(try await end(client, try digest(of: "{}")) == .accepted)
            #expect(killed.hasFired)
        }
    }

    private func digest(of body: String) throws -> [(name: String, value: String)] {
        [(HeaderName.digest, try authenticator.digest(of: body.utf8))]
    }

    @Test func `A signature ends a slave`() async throws {
        try await withRoutes { (client, _) async throws in
            let digest = try authenticator.digest(of: "{}".utf8, for: .signedBody)
            let signature = try RequestSignature(
                method: "POST",
                path: "/v1/kill",
                bodyDigest: digest,
                run: "session",
                time: Int(Date().timeIntervalSince1970),
                nonce: "n",
                authenticator: authenticator
            )
            let headers = [(HeaderName.digest, digest), (HeaderName.signature, signature.headerValue)]
            #expect(try await end(client, headers) == .accepted)
            #expect(killed.hasFired)
        }
    }

    @Test func `A slave keeps what it runs to itself where reads need authentication`() async throws {
        try await withRoutes(authenticateReads: true) { (client, _) async throws in
            for path in ["/v1", "/v1/executor", "/v1/metrics"] {
                #expect(try await client.execute(uri: path, method: .get).status == .unauthorized, "\(path)")
            }
            #expect(try await client.execute(uri: "/v1/version", method: .get).status == .ok)
        }
    }

    private func end(
        _ client: any TestClientProtocol,
        _ fields: [(name: String, value: String)],
        body: String = "{}"
    ) async throws -> HTTPResponse.Status {
        var headers: HTTPFields = [:]
        for field in fields { headers[try #require(HTTPField.Name(field.name))] = field.value }
        let body = ByteBuffer(string: body)
        return try await client.execute(uri: "/v1/kill", method: .post, headers: headers, body: body).status
    }
}
