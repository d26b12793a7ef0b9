import ClusterRunnerHTTP
import ClusterRunnerPlugin
import HTTPTypes
import Testing

@Suite struct RoutingTests {
    private let fixture: HTTPFixture

    init() throws {
        fixture = try HTTPFixture()
    }

    @Test func `Every answer is a JSON object with its status, version and session`() async throws {
        let answer = try await fixture.serve { try await $0.get("/v1/build") }
        #expect(answer.status == 200)
        #expect(answer.members["STATUS"] == "SUCCESS")
        #expect(answer.members["child_routes"] == ["build": "/v1/build/[build_id]"])
        #expect(answer.header("Content-Type") == "application/json; charset=utf-8")
        #expect(answer.header("Api-Version") == "1")
        #expect(answer.header("Session-Id") == HTTPFixture.session)
    }

    @Test(arguments: [
        "/build", "/build/", "/v1/build", "/v1/build/", "/v2/build", "/builds", "/v2/builds", "/v2/builds/",
    ])
    func `A route is found under all its names, with or without a slash at the end`(path: String) async throws {
        let answer = try await fixture.serve { try await $0.get(path) }
        #expect(answer.status == 200)
        #expect(answer.members["builds"] == [])
        let isPlural = path.contains("builds") || path.contains("v2")
        #expect(answer.header("Api-Version") == (isPlural ? "2" : "1"))
    }

    @Test(arguments: [
        ("/build/7", "application/vnd.clusterrunner.v2+json", 2),
        ("/builds/7", "application/vnd.clusterrunner.v1+json", 1),
        ("/v1/build/7", "application/vnd.clusterrunner.v9+json", 1), ("/builds/7", "*/*", 2),
    ])
    func `The Accept header chooses the version where it names one`(
        path: String,
        accept: String,
        version: Int
    ) async throws {
        let answer = try await fixture.serve { try await $0.get(path, [.accept: accept]) }
        #expect(answer.members["version"] == .integer(version))
        #expect(answer.header("Api-Version") == String(version))
    }

    @Test(arguments: ["/nothing", "/v1/nothing", "/v3/build", "/v1/build/1/x", "/v1/builds"])
    func `An unknown path is a 404 that names it`(path: String) async throws {
        let answer = try await fixture.serve { try await $0.get(path) }
        #expect(answer.status == 404)
        #expect(
            answer.members == [
                "STATUS": "FAILURE", "error": .string("There is nothing at \(path)."), "child_routes": [:],
            ]
        )
        #expect(answer.header("Session-Id") == HTTPFixture.session)
        #expect(answer.header("Api-Version") == "1")
    }

    @Test(arguments: ["x", "-1", "1.5", "99999999999999999999"])
    func `A number in the path that is none is a 404 that names it`(id: String) async throws {
        let answer = try await fixture.serve { try await $0.get("/v1/build/\(id)") }
        #expect(answer.status == 404)
        #expect(answer.error == "Invalid build id: \(id).")
        #expect(answer.members["child_routes"] == ["subjobs": "/v1/build/[build_id]/subjob"])
    }

    @Test func `A method that a path does not know is a 405 that says which it knows`() async throws {
        try await fixture.serve { caller in
            for method in [.put, .delete, .patch, .options, .trace] as [HTTPRequest.Method] {
                let answer = try await caller.call(method, "/v1/build")
                #expect(answer.status == 405)
                #expect(answer.header("Allow") == "GET, HEAD, POST")
                #expect(answer.error == "\(method) is not allowed at /v1/build. Allowed: GET, HEAD, POST.")
            }
            let answer = try await caller.get("/v1/slave")
            #expect(answer.status == 405)
            #expect(answer.header("Allow") == "POST")
            #expect(answer.members["child_routes"] == [:])
            #expect(try await caller.call(.head, "/v1/slave").status == 405)
        }
    }

    @Test func `HEAD answers as GET does, without a body`() async throws {
        try await fixture.serve { caller in
            let get = try await caller.get("/v1/build")
            let head = try await caller.call(.head, "/v1/build")
            #expect(head.status == 200 && head.body.isEmpty)
            #expect(head.header("Content-Length") == String(get.body.utf8.count))
            #expect(try await caller.call(.head, "/v1/nothing").status == 404)
        }
    }

    @Test(arguments: [
        ("/v1/build/1/subjob?offset=5&limit=7", 0, JSONValue.null), ("/builds/1/subjobs", 0, 20),
        ("/builds/1/subjobs?offset=5&limit=7", 5, 7), ("/builds/1/subjobs?offset=-5&limit=-7", 0, 0),
        ("/builds/1/subjobs?limit=100000", 0, 200),
    ])
    func `Lists come in pages in version 2, whole in version 1`(
        path: String,
        offset: Int,
        limit: JSONValue
    ) async throws {
        let answer = try await fixture.serve { try await $0.get(path) }
        #expect(answer.members["offset"] == .integer(offset))
        #expect(answer.members["limit"] == limit)
    }

    @Test func `A page number that is none is a 400 that names it`() async throws {
        let answer = try await fixture.serve { try await $0.get("/builds/1/subjobs?offset=many") }
        #expect(answer.status == 400)
        #expect(answer.error == "\"offset\" must be a whole number, not \"many\".")
    }
}
