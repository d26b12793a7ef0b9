import ClusterRunnerConcurrency
import ClusterRunnerHTTP
import ClusterRunnerOpenAPI
import ClusterRunnerPlugin
import ClusterRunnerStore
import ClusterRunnerTesting
import ClusterRunnerWire
import Testing

@testable import ClusterRunnerMaster

@Suite(.timeLimit(.minutes(10))) struct OpenAPITests {
    /// The operations of the document: method, path and access.
    private func described() throws -> Set<String> {
        let paths = try JSONCoding.decodeObject(from: OpenAPIDocument.master)["paths"]?.object ?? [:]
        var operations: Set<String> = []
        for (path, item) in paths {
            for (method, operation) in item.object ?? [:] {
                operations.insert("\(method.uppercased()) \(path) \(operation.object?["x-access"]?.string ?? "")")
            }
        }
        return operations
    }

    @Test func `The document describes every route of a master with its access, and no other`() async throws {
        try await withScratchDirectory { directory in
            let store = try SQLiteBuildStore.inMemory()
            let authenticator = try MessageAuthenticator(key: LiveMaster.secret)
            let master = LiveMaster.service(in: directory, store, authenticator)
            let routes = try await master.makeRunning(in: MasterFolders(base: directory)).makeRoutes().all
            let operations = routes.flatMap { route in
                route.describedPaths.map { "\(route.method) \($0) \(route.access)" }
            }
            let described = try described()
            #expect(Set(operations).subtracting(described) == [], "These routes are not in the document.")
            #expect(described.subtracting(operations) == [], "These operations have no route.")
        }
    }

    @Test func `The document is served, and where reads need a login, only to those who may read`() async throws {
        try await withScratchDirectory { directory in
            try await LiveMaster.run(in: directory) { master in
                let answer = try await master.web.get("/v1/openapi.json")
                #expect(answer.status == 200)
                #expect(answer.json["openapi"] == "3.1.0")
                #expect(try await master.web.get("/v1").json["child_routes"]?.object?["openapi"] == "/v1/openapi.json")
            }
        }
        try await withScratchDirectory { directory in
            try await LiveMaster.run(in: directory, { $0.authenticateReads = true }) { master in
                let answer = try await master.web.get("/v1/openapi.json")
                #expect(answer.status == 401)
            }
        }
    }
}
