import ClusterRunnerHTTP
import ClusterRunnerPlugin
import HTTPTypes
import Testing

@Suite struct SlaveLaneTests {
    /// Answers whether it runs outside of the tasks' pool, in the handler and on the request's executor.
    private static func place(_ request: RouteRequest) async throws -> [String: JSONValue] {
        let onLane = try await request.onLane { isOutsideOfPool() }
        return ["handler": .bool(isOutsideOfPool()), "lane": .bool(onLane)]
    }

    private static func isOutsideOfPool() -> Bool { withUnsafeCurrentTask { $0?.unownedTaskExecutor != nil } }

    @Test func `What slaves say is worked on outside of the tasks' pool, so that reads never queue behind it`()
        async throws
    {
        let routes = [
            Route(.post, "slave", access: .component, body: .json) { try $0.respond(try await Self.place($0)) },
            Route(.put, "slave", access: .component, body: .streamed) { try $0.respond(try await Self.place($0)) },
            .get("slave") { try $0.respond(try await Self.place($0)) },
        ]
        try await HTTPFixture().serve(routes) { caller in
            let message = try await caller.call(.post, "/slave", try caller.signature(.post, "/slave"))
            #expect(message.members["handler"] == true && message.members["lane"] == true)
            // An upload writes to the disk for a long time.
            let upload = try await caller.call(.put, "/slave", try caller.signature(.put, "/slave"))
            #expect(upload.members["handler"] == false && upload.members["lane"] == false)
            let read = try await caller.get("/slave")
            #expect(read.members["handler"] == false && read.members["lane"] == false)
        }
    }
}
