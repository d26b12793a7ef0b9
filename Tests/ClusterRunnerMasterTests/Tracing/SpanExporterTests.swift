import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerMetrics
import ClusterRunnerPlugin
import ClusterRunnerTesting
import ClusterRunnerWire
import Logging
import Testing

@testable import ClusterRunnerMaster

@Suite(.timeLimit(.minutes(10))) struct SpanExporterTests {
    /// A collector that answers with the next status of a list, or not at all.
    private final class Collector: NotificationSender {
        struct Post: Sendable {
            let spans: [JSONValue]
            let headers: [String: String]
            let url: String
        }

        let posts: AsyncStream<Post>
        private let continuation: AsyncStream<Post>.Continuation
        private let statuses: Lock<[Int]>

        /// Creates a collector; 0 stands for no answer, and after the list all is well.
        init(_ statuses: [Int] = []) {
            self.statuses = Lock(statuses)
            (posts, continuation) = AsyncStream.makeStream()
        }

        func post(
            _ body: [UInt8],
            headers: [(name: String, value: String)],
            to url: NotificationURL,
            timeout: Duration
        ) async throws -> NotificationReply {
            let resources = try JSONCoding.decodeObject(from: body)["resourceSpans"]?.array?.first?.object
            let scopes = resources?["scopeSpans"]?.array?.first?.object
            let names = Dictionary(headers.map { ($0.name, $0.value) }) { $1 }
            continuation.yield(Post(spans: scopes?["spans"]?.array ?? [], headers: names, url: url.address))
            let status = statuses.withLock { $0.isEmpty ? 200 : $0.removeFirst() }
            guard status > 0 else { throw NotificationUnreachable(reason: "nobody listens", isOutage: true) }
            return NotificationReply(status: status)
        }

        func shutDown() async { continuation.finish() }
    }

    private let clock = StepClock()
    private let registry = PrometheusRegistry()

    private func exporter(_ collector: Collector) throws -> SpanExporter {
        SpanExporter(
            TraceSettings(
                url: try NotificationURL("http://c:4318/v1/traces"),
                headers: [("Authorization", "Bearer x")]
            ),
            makeSender: { collector },
            version: "1.2.3",
            instance: "m",
            metrics: registry,
            timekeeper: Timekeeper(clock: clock) { 0 },
            logger: .silent
        )
    }

    private func spans(_ count: Int) -> [Span] {
        let build = BuildRecord(id: 1, projectType: "git", parameters: ProjectParameters([:]))
        let trace = TraceID(of: build)
        return (0..<count).map {
            let attributes: [String: JSONValue] = ["a": "text", "b": .integer($0), "c": true]
            let id = SpanID.subjob(SubjobID($0), trace)
            return Span(trace: trace, id: id, parent: nil, name: "\($0)", start: 1.5, end: 2, attributes: attributes)
        }
    }

    private func count(_ result: String) -> String? {
        let name = "clusterrunner_trace_spans_total{result=\"\(result)\"} "
        return registry.text.split(separator: "\n").first { $0.hasPrefix(name) }.map {
            String($0.dropFirst(name.count))
        }
    }

    /// Runs an exporter beside a body, and ends it.
    private func with(_ collector: Collector, _ body: (SpanExporter) async throws -> Void) async throws {
        let exporter = try exporter(collector)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await exporter.run() }
            try await body(exporter)
            await exporter.finish()
            try await group.waitForAll()
        }
    }

    @Test func `Spans are posted together after a second, in the JSON form of OTLP`() async throws {
        let collector = Collector()
        try await with(collector) { exporter in
            exporter.take(spans(2))
            #expect(await clock.step() == .seconds(1))
            let post = try #require(await collector.posts.first { _ in true })
            #expect(post.url == "http://c:4318/v1/traces")
            #expect(post.headers["Content-Type"] == "application/json")
            #expect(post.headers["Authorization"] == "Bearer x")
            #expect(post.spans.count == 2)
            let span = try #require(post.spans.last?.object)
            #expect(span["startTimeUnixNano"] == "1500000000" && span["endTimeUnixNano"] == "2000000000")
            #expect(span["traceId"]?.string?.count == 32 && span["spanId"]?.string?.count == 16)
            #expect(span["kind"] == 2 && span["status"] == nil && span["parentSpanId"] == nil)
            #expect(
                span["attributes"] == [
                    ["key": "a", "value": ["stringValue": "text"]], ["key": "b", "value": ["intValue": "1"]],
                    ["key": "c", "value": ["boolValue": true]],
                ]
            )
        }
        #expect(count("exported") == "2" && count("dropped") == "0")
    }

    @Test func `A collector that is away or busy gets the same spans again, later each time`() async throws {
        let collector = Collector([0, 503])
        try await with(collector) { exporter in
            exporter.take(spans(1))
            var pauses: [Duration] = []
            for _ in 1...3 { pauses.append(await clock.step()) }
            #expect(pauses == [.seconds(1), .seconds(1), .seconds(2)])
            var posts = 0
            for await post in collector.posts {
                #expect(post.spans.count == 1)
                posts += 1
                if posts == 3 { break }
            }
        }
        #expect(count("exported") == "1" && count("dropped") == "0")
    }

    @Test func `A collector that stays away loses spans after six attempts, and a refusal is not repeated`()
        async throws
    {
        for (statuses, pauses) in [([0, 0, 0, 0, 0, 0], 6), ([400], 1)] {
            let collector = Collector(statuses)
            try await with(collector) { exporter in
                exporter.take(spans(3))
                for _ in 0..<pauses { await clock.step() }
                var posts = collector.posts.makeAsyncIterator()
                for _ in statuses { _ = await posts.next() }
            }
        }
        #expect(count("exported") == "0" && count("dropped") == "6")
    }

    @Test func `No caller waits, and spans beyond the limit are dropped and counted`() async throws {
        let exporter = try exporter(Collector())
        for _ in 0..<20 { exporter.take(spans(1_000)) }
        #expect(count("dropped") == "\(20_000 - 16_384)")
    }

    @Test func `Many spans go in posts of a bounded size`() async throws {
        let collector = Collector()
        try await with(collector) { exporter in
            exporter.take(spans(1_100))
            await clock.step()
            var sizes: [Int] = []
            for await post in collector.posts {
                sizes.append(post.spans.count)
                if sizes.count == 3 { break }
            }
            #expect(sizes == [512, 512, 76])
        }
    }

    @Test func `The end of the master sends the last spans without a pause and without retries`() async throws {
        let collector = Collector([503])
        let exporter = try exporter(collector)
        exporter.take(spans(1))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await exporter.run() }
            await exporter.finish()
            group.cancelAll()
        }
        #expect(count("dropped") == "1")
    }
}
