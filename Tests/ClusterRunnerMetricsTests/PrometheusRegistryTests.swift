import ClusterRunnerMetrics
import CoreMetrics
import Testing

@Suite struct PrometheusRegistryTests {
    private let registry = PrometheusRegistry([
        MetricFamily("jobs_total", .counter, "Jobs."), MetricFamily("room_bytes", .gauge, "Room."),
        MetricFamily("wait_seconds", .histogram(bounds: [0.5, 2]), "Waiting."),
    ])

    @Test func `Metrics are shown in the order of their declarations, with labels in order`() {
        Meter(label: "room_bytes", factory: registry).set(2.5)
        Counter(label: "jobs_total", dimensions: [("result", "b"), ("kind", "x")], factory: registry).increment()
        Counter(label: "jobs_total", dimensions: [("kind", "a"), ("result", "b")], factory: registry).increment(by: 41)
        #expect(
            registry.text == """
                # HELP jobs_total Jobs.
                # TYPE jobs_total counter
                jobs_total{kind="a",result="b"} 41
                jobs_total{kind="x",result="b"} 1
                # HELP room_bytes Room.
                # TYPE room_bytes gauge
                room_bytes 2.5

                """
        )
    }

    @Test func `A histogram counts each value in all buckets that hold it`() {
        let timer = Timer(label: "wait_seconds", dimensions: [("state", "queued")], factory: registry)
        timer.recordMilliseconds(500)
        timer.recordSeconds(1)
        timer.recordSeconds(60)
        #expect(
            registry.text == """
                # HELP wait_seconds Waiting.
                # TYPE wait_seconds histogram
                wait_seconds_bucket{state="queued",le="0.5"} 1
                wait_seconds_bucket{state="queued",le="2"} 2
                wait_seconds_bucket{state="queued",le="+Inf"} 3
                wait_seconds_sum{state="queued"} 61.5
                wait_seconds_count{state="queued"} 3

                """
        )
    }

    @Test func `Instruments of the same labels share their values, whatever the order of the labels`() {
        for dimensions in [[("a", "1"), ("b", "2")], [("b", "2"), ("a", "1")]] {
            Counter(label: "jobs_total", dimensions: dimensions, factory: registry).increment()
        }
        #expect(registry.text.hasSuffix("\njobs_total{a=\"1\",b=\"2\"} 2\n"))
    }

    @Test func `Quotes, backslashes and line feeds of label values are escaped`() {
        let value = "say \"C:\\new\"\r\n\u{1F600}"
        Counter(label: "jobs_total", dimensions: [("name", value)], factory: registry).increment()
        #expect(registry.text.hasSuffix("\njobs_total{name=\"say \\\"C:\\\\new\\\"\r\\n\u{1F600}\"} 1\n"))
    }

    @Test func `Help is escaped as well`() {
        let registry = PrometheusRegistry([MetricFamily("x", .gauge, "Two\nlines with \\ and \"quotes\".")])
        Meter(label: "x", factory: registry).set(1)
        #expect(registry.text.hasPrefix("# HELP x Two\\nlines with \\\\ and \"quotes\".\n"))
    }

    @Test func `Names of other libraries become legal`() {
        Counter(label: "http.server-requests/né", dimensions: [("9 lives", "1")], factory: registry).increment()
        #expect(registry.text == "# TYPE http_server_requests_n_ counter\nhttp_server_requests_n_{_9_lives=\"1\"} 1\n")
    }

    @Test func `A counter never decreases`() {
        let counter = FloatingPointCounter(label: "jobs_total", factory: registry)
        for amount in [1.5, -3, .nan, 0] { counter.increment(by: amount) }
        #expect(registry.text.hasSuffix("\njobs_total 1.5\n"))
    }

    @Test func `Numbers are written as Prometheus reads them`() {
        let meter = Meter(label: "room_bytes", factory: registry)
        for (value, text) in [
            (0.0, "0"), (-3, "-3"), (1e14, "100000000000000"), (1e300, "1e+300"), (0.1, "0.1"), (.infinity, "+Inf"),
            (-.infinity, "-Inf"), (.nan, "NaN"),
        ] {
            meter.set(value)
            #expect(registry.text.hasSuffix("\nroom_bytes \(text)\n"))
        }
    }

    @Test func `An instrument of another form than its metric is not shown`() {
        Counter(label: "room_bytes", factory: registry).increment()
        Timer(label: "jobs_total", factory: registry).recordSeconds(1)
        #expect(registry.text == "")
    }

    @Test func `A destroyed instrument disappears with its values`() {
        let counter = Counter(label: "jobs_total", dimensions: [("a", "1")], factory: registry)
        Counter(label: "jobs_total", dimensions: [("a", "2")], factory: registry).increment()
        counter.destroy()
        #expect(registry.text.hasSuffix("counter\njobs_total{a=\"2\"} 1\n"))
    }

    @Test func `No increment of many threads is lost`() async {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { [registry] in
                    for _ in 0..<1_000 {
                        Counter(label: "jobs_total", factory: registry).increment()
                        Timer(label: "wait_seconds", factory: registry).recordSeconds(1)
                    }
                }
            }
        }
        #expect(registry.text.contains("\njobs_total 8000\n"))
        #expect(registry.text.contains("\nwait_seconds_bucket{le=\"2\"} 8000\n"))
    }
}
