import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerWire
import Foundation
import Testing

/// Notifications of builds, from the real program to a real receiver.
@Suite(.timeLimit(.minutes(20)))
struct NotificationTests {
    private static let states = ["QUEUED", "PREPARING", "PREPARED", "BUILDING", "FINISHED"]
    private let job: JSONValue = ["commands": ["true"], "atomizers": [["N": "echo 1"]]]

    /// Runs a body with a receiver, and a master and a slave that know of it.
    private func with(
        _ receiver: HookReceiver,
        settings: String = "",
        _ body: (RunningCluster) async throws -> Void
    ) async throws {
        defer { receiver.end() }
        try await RunningCluster.withNothing { cluster in
            try await cluster.startMaster(settings: notify(receiver, settings))
            try await cluster.addSlave(executors: 1)
            try await body(cluster)
        }
    }

    private func notify(_ receiver: HookReceiver, _ settings: String = "") -> String {
        "[notify]\nurl = http://127.0.0.1:\(receiver.port)/hook?who=me\n\(settings)"
    }

    /// Whether a build's last notification is among requests.
    private func hasEnd(of build: BuildID) -> @Sendable ([HookReceiver.Post]) -> Bool {
        { $0.contains { $0.news == "\(build) FINISHED" } }
    }

    private func news(of build: BuildID) -> [String] { Self.states.map { "\(build) \($0)" } }

    @Test func `Each change of a build's state is posted in order, signed, as the API shows the build`() async throws {
        let receiver = try HookReceiver()
        try await with(receiver) { cluster in
            let build = try await cluster.request(try cluster.inline(job))
            let posts = try await receiver.accepted(hasEnd(of: build))
            #expect(posts.map(\.news) == news(of: build))
            for post in posts {
                #expect(post.path == "/hook?who=me")
                #expect(post.headers["content-type"] == "application/json")
                let digest = post.headers[PlainHTTP.digestHeader.lowercased()]
                #expect(digest == (try cluster.http.digest(of: post.body)))
                #expect(post.id == post.json["notification"]["id"].string)
            }
            #expect(posts.compactMap { $0.json["notification"]["sequence"].integer } == [1, 2, 3, 4, 5])
            let last = try #require(posts.last?.json)
            let shown = try await cluster.http.get("/v1/build/\(build)")
            #expect(last["build"] == shown["build"])
            #expect(last["STATUS"] == shown["STATUS"] && last["child_routes"] == shown["child_routes"])
            #expect(last["notification"]["build_url"].string?.hasSuffix("/dashboard/builds/\(build)") == true)
            let page = try #require(last["notification"]["build_url"].string?.split(separator: "/", maxSplits: 2).last)
            #expect(try await cluster.http.send("GET", "/" + page.split(separator: "/", maxSplits: 1)[1]).status == 200)
            #expect(posts.first?.json["build"]["result"] == .null)
        }
    }

    @Test func `A notification is worth nothing as a request to the master`() async throws {
        let receiver = try HookReceiver()
        try await with(receiver) { cluster in
            let build = try await cluster.request(try cluster.inline(job))
            let post = try #require(try await receiver.accepted(hasEnd(of: build)).last)
            let digest = try #require(post.headers[PlainHTTP.digestHeader.lowercased()])
            for (method, path) in [
                ("POST", "/v1/build"), ("PUT", "/v1/build/\(build)"), ("POST", "/v1/slave/shutdown"),
                ("POST", "/v1/build/\(build)/retry"),
            ] {
                let headers = [PlainHTTP.digestHeader: digest]
                let answer = try await cluster.http.send(method, path, headers: headers, body: post.body)
                #expect([400, 401].contains(answer.status), "\(method) \(path): \(answer.status)")
            }
        }
    }

    @Test func `A receiver that fails gets the same notification again before any later one`() async throws {
        let receiver = try HookReceiver { post, earlier in
            post.json["notification"]["state"] == "PREPARED" && earlier.count { $0.id == post.id } < 2 ? 500 : 200
        }
        try await with(receiver) { cluster in
            let build = try await cluster.request(try cluster.inline(job))
            _ = try await receiver.accepted(hasEnd(of: build))
            let states = receiver.posts.compactMap { $0.json["notification"]["state"].string }
            #expect(states == ["QUEUED", "PREPARING", "PREPARED", "PREPARED", "PREPARED", "BUILDING", "FINISHED"])
            #expect(Set(receiver.posts.filter { $0.news.hasSuffix("PREPARED") }.map(\.body)).count == 1)
            #expect(cluster.logs.contains("it answered with HTTP status 500. The next attempt is in"))
            _ = try await cluster.master?.line(after: "failed")
        }
    }

    @Test func `A receiver that answers nothing delays neither builds nor other receivers`() async throws {
        let (slow, quick) = (try HookReceiver { _, _ in nil }, try HookReceiver())
        defer { slow.end() }
        let settings = "[notify]\nurl = http://127.0.0.1:\(slow.port)/, http://127.0.0.1:\(quick.port)/\ntimeout = 60\n"
        try await RunningCluster.withNothing { cluster in
            defer { quick.end() }
            try await cluster.startMaster(settings: settings)
            try await cluster.addSlave(executors: 1)
            let builds = [
                try await cluster.request(try cluster.inline(job)), try await cluster.request(try cluster.inline(job)),
            ]
            for build in builds { #expect(try await cluster.ended(build)["status"] == "SUCCESS") }
            for build in builds {
                let posts = try await quick.accepted(hasEnd(of: build))
                #expect(posts.map(\.news).filter { $0.hasPrefix("\(build) ") } == news(of: build))
            }
            #expect(Set(slow.posts.map(\.news)) == Set(builds.map { "\($0) QUEUED" }))
            // A POST without an answer does not keep the master from ending.
            let master = try #require(cluster.master)
            master.send(SIGTERM)
            #expect(try await master.exitCode() == 0)
        }
    }

    @Test func `A killed master delivers after its restart what it could not, in order`() async throws {
        // Nobody listens there yet.
        let port = try Socket.stablePort()
        let settings = "[notify]\nurl = http://127.0.0.1:\(port)/\n"
        try await RunningCluster.withNothing { cluster in
            try await cluster.startMaster(settings: settings)
            try await cluster.addSlave(executors: 1)
            let build = try await cluster.request(try cluster.inline(job))
            _ = try await cluster.ended(build)
            let master = try #require(cluster.master)
            master.send(SIGKILL)
            #expect(try await master.exitCode() == 128 + SIGKILL)
            let receiver = try HookReceiver(port: port)
            defer { receiver.end() }
            try await cluster.startMaster(port: cluster.port, settings: settings)
            let posts = try await receiver.accepted(hasEnd(of: build))
            #expect(posts.map(\.news) == news(of: build))
            // What was rewound is as it was: a build in the queue has no result, and no work that was known later.
            let first = try #require(posts.first?.json["build"])
            #expect(first["state"] == "QUEUED" && first["result"] == .null && first["num_atoms"] == .null)
            #expect(first["state_timestamps"]["finished"] == .null)
        }
    }

    @Test func `A master that is killed between a delivery and its record delivers once more, and nothing is lost`()
        async throws
    {
        // The answer to the third notification never comes, until the master is another one.
        let receiver = try HookReceiver { post, earlier in
            post.json["notification"]["sequence"] == 3 && !earlier.contains { $0.id == post.id } ? nil : 200
        }
        try await with(receiver, settings: "timeout = 100\n") { cluster in
            let build = try await cluster.request(try cluster.inline(job))
            _ = try await receiver.all { $0.count == 3 }
            _ = try await cluster.ended(build)
            let master = try #require(cluster.master)
            master.send(SIGKILL)
            #expect(try await master.exitCode() == 128 + SIGKILL)
            try await cluster.startMaster(port: cluster.port, settings: notify(receiver))
            #expect(try await receiver.accepted(hasEnd(of: build)).map(\.news) == news(of: build))
            #expect(receiver.posts.map(\.news).dropFirst(2).prefix(2) == ["\(build) PREPARED", "\(build) PREPARED"])
        }
    }

    @Test func `A receiver that is back gets everything at once, with a secret of its own`() async throws {
        let port = try Socket.stablePort()
        let settings = "[notify]\nurl = http://127.0.0.1:\(port)/\nsecret = only for receivers\n"
        try await RunningCluster.withNothing { cluster in
            try await cluster.startMaster(settings: settings)
            try await cluster.addSlave(executors: 1)
            let build = try await cluster.request(try cluster.inline(job))
            _ = try await cluster.ended(build)
            _ = try await cluster.master?.line(after: "failed: Connection refused. The next attempt is in")
            let receiver = try HookReceiver(port: port)
            defer { receiver.end() }
            let posts = try await receiver.accepted(hasEnd(of: build))
            #expect(posts.map(\.news) == news(of: build))
            let own = try MessageAuthenticator(key: Array("only for receivers".utf8))
            let last = try #require(posts.last)
            #expect(last.headers[PlainHTTP.digestHeader.lowercased()] == (try own.digest(of: last.body.utf8)))
        }
    }

    @Test func `A canceled build and one in error are notified, too`() async throws {
        let receiver = try HookReceiver()
        try await with(receiver) { cluster in
            let wrong: JSONValue = ["commands": ["true"], "atomizers": [["N": "exit 3"]]]
            let failed = try await cluster.request(try cluster.inline(wrong))
            let posts = try await receiver.accepted { $0.last?.news == "\(failed) ERROR" }
            #expect(posts.last?.json["build"]["status"] == "FAILURE")
            #expect(posts.last?.json["build"]["error_message"].string?.contains("exit code 3") == true)
            #expect(posts.map(\.news) == ["\(failed) QUEUED", "\(failed) PREPARING", "\(failed) ERROR"])
            let pipe = try NamedPipe("\(cluster.scratch)/pipe")
            let endless: JSONValue = [
                "commands": [.string("cat '\(pipe.path)'")], "atomizers": [["N": "echo 1"]],
            ]
            let canceled = try await cluster.request(try cluster.inline(endless))
            _ = try await receiver.accepted { $0.last?.news == "\(canceled) BUILDING" }
            _ = try await cluster.http.sendSigned("PUT", "/v1/build/\(canceled)", ["status": "canceled"])
            let last = try #require(try await receiver.accepted { $0.last?.news == "\(canceled) CANCELED" }.last)
            #expect(last.json["build"]["result"] == "FAILURE")
        }
    }
}
