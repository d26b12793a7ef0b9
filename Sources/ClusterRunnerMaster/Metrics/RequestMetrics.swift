import ClusterRunnerConcurrency
import ClusterRunnerHTTP
import CoreMetrics

/// The metrics of HTTP requests.
///
/// The instruments are kept, so that a request costs two look-ups. Their number is bounded by the routes and statuses of
/// the program, whatever requests arrive.
final class RequestMetrics: RequestObserver {
    private struct Answer: Hashable {
        let method: String
        let route: String
        let status: Int
    }

    private struct Endpoint: Hashable {
        let method: String
        let route: String
    }

    private struct Instruments {
        var counters: [Answer: Counter] = [:]
        var timers: [Endpoint: CoreMetrics.Timer] = [:]
    }

    private let factory: any MetricsFactory
    private let instruments = Lock(Instruments())

    /// Creates the metrics.
    init(factory: any MetricsFactory) {
        self.factory = factory
    }

    func answered(method: String, route: String, status: Int, after duration: Duration) {
        let (counter, timer) = instruments.withLock { instruments in
            let answer = Answer(method: method, route: route, status: status)
            let endpoint = Endpoint(method: method, route: route)
            let counter = instruments.counters[answer] ?? makeCounter(answer)
            let timer = instruments.timers[endpoint] ?? makeTimer(endpoint)
            instruments.counters[answer] = counter
            instruments.timers[endpoint] = timer
            return (counter, timer)
        }
        counter.increment()
        timer.recordSeconds(duration.inSeconds)
    }

    private func makeCounter(_ answer: Answer) -> Counter {
        Counter(
            label: "clusterrunner_http_requests_total",
            dimensions: [("method", answer.method), ("route", answer.route), ("status", String(answer.status))],
            factory: factory
        )
    }

    private func makeTimer(_ endpoint: Endpoint) -> CoreMetrics.Timer {
        Timer(
            label: "clusterrunner_http_request_duration_seconds",
            dimensions: [("method", endpoint.method), ("route", endpoint.route)],
            factory: factory
        )
    }
}
