import ClusterRunnerPlugin
import Foundation
import Testing

/// Traces of builds, from the real program to a real collector.
@Suite(.timeLimit(.minutes(20)))
struct TraceTests {
    private func spans(in posts: [HookReceiver.Post]) -> [JSONValue] {
        posts.flatMap { post in
            (post.json["resourceSpans"].array ?? []).flatMap { resource in
                (resource["scopeSpans"].array ?? []).flatMap { $0["spans"].array ?? [] }
            }
        }
    }

    private func hasEnd(_ posts: [HookReceiver.Post]) -> Bool {
        spans(in: posts).contains { $0["name"].string == "RUN Tests" }
    }

    private func attribute(_ name: String, of span: JSONValue) -> JSONValue? {
        span["attributes"].array?.first { $0["key"].string == name }?["value"]
    }

    private func headers(_ text: String, in cluster: RunningCluster) throws -> String {
        let path = "\(cluster.scratch)/headers"
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o600]
        try #require(FileManager.default.createFile(atPath: path, contents: Data(text.utf8), attributes: attributes))
        return path
    }

    @Test func `A build becomes a trace, and its atoms have their spans as parents`() async throws {
        let collector = try HookReceiver { _, _ in 200 }
        defer { collector.end() }
        try await RunningCluster.withNothing { cluster in
            let headers = try headers("# of the collector\nX-Tenant: tests\n", in: cluster)
            let settings = "otlp_endpoint = http://127.0.0.1:\(collector.port)/otlp\notlp_headers_file = \(headers)"
            try await cluster.startMaster(settings: settings)
            try await cluster.addSlave(executors: 2)
            let job: JSONValue = [
                "commands": ["echo parent $TRACEPARENT; [ $N != 2 ]"], "atomizers": [["N": "seq 3"]], "retries": 1,
                "setup_build": ["true"],
            ]
            let build = try await cluster.run(try cluster.inline(job))
            let posts = try await collector.accepted { hasEnd($0) }
            #expect(posts.allSatisfy { $0.path == "/otlp/v1/traces" && $0.headers["x-tenant"] == "tests" })
            let spans = spans(in: posts)
            #expect(Set(spans.compactMap { $0["traceId"].string }).count == 1)
            let ids = Set(spans.compactMap { $0["spanId"].string })
            #expect(ids.count == spans.count)
            // Every parent is there, and one span has none.
            #expect(spans.filter { $0["parentSpanId"].string.map(ids.contains) != true }.count == 1)
            let runs = spans.filter { attribute("test.case.name", of: $0) != nil }
            #expect(runs.compactMap { $0["name"].string }.sorted() == ["N=1", "N=2", "N=2", "N=3"])
            for name in ["subjob 0", "atomizer", "setup", "set up a slave", "queue", "prepare", "run"] {
                #expect(spans.contains { $0["name"].string == name }, "\(name)")
            }
            try await expectParents(of: runs, build: build["id"].integer ?? 0, in: cluster)
            let metrics = try await cluster.http.send("GET", "/metrics").body
            #expect(String(decoding: metrics, as: UTF8.self).contains("spans_total{result=\"dropped\"} 0\n"))
        }
    }

    /// Expects that the last run of each atom printed its own span.
    private func expectParents(of runs: [JSONValue], build: Int, in cluster: RunningCluster) async throws {
        for subjob in 0..<3 {
            let path = "/v1/build/\(build)/subjob/\(subjob)/atom/0/console"
            let printed = try await cluster.http.get(path)["content"].string ?? ""
            let last = runs.last { attribute("test.case.name", of: $0)?["stringValue"].string == "N=\(subjob + 1)" }
            let (trace, span) = (last?["traceId"].string ?? "?", last?["spanId"].string ?? "?")
            #expect(printed == "parent 00-\(trace)-\(span)-01\n")
        }
    }

    @Test func `A collector that never answers keeps no build and no master waiting`() async throws {
        let collector = try HookReceiver { _, _ in nil }
        defer { collector.end() }
        try await RunningCluster.withNothing { cluster in
            let master = try await cluster.startMaster(settings: "otlp_endpoint = http://127.0.0.1:\(collector.port)")
            try await cluster.addSlave(executors: 2)
            let job: JSONValue = ["commands": ["true"], "atomizers": [["N": "seq 20"]]]
            #expect(try await cluster.run(try cluster.inline(job))["result"] == "NO_FAILURES")
            _ = try await collector.all { !$0.isEmpty }
            #expect(try await cluster.run(try cluster.inline(job))["result"] == "NO_FAILURES")
            let start = ContinuousClock.now
            await master.end()
            // Far from the 600 s that a request could wait, also on a machine that does much else.
            #expect(start.duration(to: .now) < .seconds(120))
        }
    }

    @Test func `Without a collector atoms have no parent`() async throws {
        try await RunningCluster.with(executors: 1) { cluster in
            let job: JSONValue = ["commands": ["echo \"<$TRACEPARENT>\""], "atomizers": [["N": "echo 1"]]]
            let build = try await cluster.run(try cluster.inline(job))
            let path = "/v1/build/\(build["id"].integer ?? 0)/subjob/0/atom/0/console"
            #expect(try await cluster.http.get(path)["content"] == "<>\n")
        }
    }
}
