import ClusterRunnerConcurrency
import ClusterRunnerPlugin
import ClusterRunnerWire
import CoreMetrics
import Logging

/// The sender of spans to a collector of OpenTelemetry, over HTTP as JSON.
///
/// Callers never wait: beyond a number of waiting spans, further ones are dropped and counted. A collector that does not
/// answer costs the master one request at a time.
final class SpanExporter: Sendable {
    private struct State {
        var waiting: [Span] = []
        /// Whether the master ends, so that nothing is retried.
        var isEnding = false
        /// The last failure, to log each once.
        var failure: String?
    }

    /// What became of spans.
    enum Outcome: String, CaseIterable {
        case exported, dropped
    }

    /// The name of the counter of spans.
    static let counterName = "clusterrunner_trace_spans_total"

    private let settings: TraceSettings
    private let makeSender: @Sendable () -> any NotificationSender
    private let service: [String: JSONValue]
    private let version: String
    private let counters: [Outcome: Counter]
    private let timekeeper: Timekeeper
    private let logger: Logger
    private let state = Lock(State())
    private let wakes: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation
    private let ending = OneShotSignal()
    private let drained = OneShotSignal()

    /// Creates an exporter; `metrics` gets the numbers of exported and dropped spans.
    init(
        _ settings: TraceSettings,
        makeSender: @escaping @Sendable () -> any NotificationSender,
        version: String,
        instance: String,
        metrics: any MetricsFactory,
        timekeeper: Timekeeper,
        logger: Logger
    ) {
        self.settings = settings
        self.makeSender = makeSender
        self.version = version
        service = [
            "service.name": "clusterrunner", "service.version": .string(version),
            "service.instance.id": .string(instance),
        ]
        counters = metrics.counters(Self.counterName, by: "result", Outcome.allCases)
        self.timekeeper = timekeeper
        self.logger = logger
        (wakes, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Takes spans; those without room are dropped.
    func take(_ spans: [Span]) {
        guard !spans.isEmpty else { return }
        let dropped = state.withLock { state in
            let room = max(0, settings.queueLimit - state.waiting.count)
            state.waiting += spans.prefix(room)
            return spans.count - min(room, spans.count)
        }
        if dropped > 0 { count(dropped, .dropped, "\(settings.queueLimit) spans wait for the collector already") }
        continuation.yield()
    }

    /// Sends spans until ``finish()`` is called or the surrounding task is canceled.
    func run() async {
        let sender = makeSender()
        for await _ in wakes {
            await wait(settings.delay)
            while !Task.isCancelled, let batch = next() { await send(batch, through: sender) }
            if ending.hasFired { break }
        }
        drained.fire()
        await sender.shutDown()
    }

    /// Waits until the last spans are sent, within a limit.
    func finish() async {
        ending.fire()
        continuation.yield()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [drained] in await drained.wait() }
            group.addTask { [timekeeper, settings] in try? await timekeeper.sleep(for: settings.endingTime) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Waits for a time, or until the master ends.
    private func wait(_ duration: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [ending] in await ending.wait() }
            group.addTask { [timekeeper] in try? await timekeeper.sleep(for: duration) }
            await group.next()
            group.cancelAll()
        }
    }

    private func next() -> [Span]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else { return nil }
            let batch = Array(state.waiting.prefix(settings.batchLimit))
            state.waiting.removeFirst(batch.count)
            return batch
        }
    }
}

// MARK: Sending

extension SpanExporter {
    private func send(_ batch: [Span], through sender: any NotificationSender) async {
        guard let body = try? JSONCoding.encode(Span.request(batch, service: service, version: version)) else {
            return count(batch.count, .dropped, "they cannot be written as JSON")
        }
        var retries = settings.retries[...]
        while true {
            let (failure, mayRetry) = await post(body, through: sender)
            guard let failure else { return count(batch.count, .exported) }
            guard mayRetry, !ending.hasFired, !Task.isCancelled, let pause = retries.popFirst() else {
                return count(batch.count, .dropped, failure)
            }
            await wait(pause)
        }
    }

    /// Posts spans; returns the reason of a failure, and whether a retry may help.
    private func post(
        _ body: [UInt8],
        through sender: any NotificationSender
    ) async -> (failure: String?, mayRetry: Bool) {
        let headers = [("Content-Type", "application/json"), ("User-Agent", "ClusterRunner/\(version)")]
        do {
            let reply = try await sender.post(
                body,
                headers: headers.map { (name: $0.0, value: $0.1) } + settings.headers,
                to: settings.url,
                timeout: settings.timeout
            )
            guard reply.status / 100 != 2 else { return (nil, false) }
            return ("it answered with \(reply.status)", [429, 502, 503, 504].contains(reply.status))
        } catch {
            return ((error as? NotificationUnreachable)?.reason ?? "\(error)", true)
        }
    }

    /// Counts spans, and logs each new reason of a loss once until spans are exported again.
    private func count(_ spans: Int, _ outcome: Outcome, _ failure: String? = nil) {
        counters[outcome]?.increment(by: spans)
        let last = state.withLock { state in
            defer { state.failure = failure }
            return state.failure
        }
        if let failure, failure != last {
            logger.warning("Spans of traces are dropped: \(settings.url): \(failure).")
        } else if failure == nil, last != nil {
            logger.notice("Spans of traces are exported to \(settings.url) again.")
        }
    }
}
