import Testing

@testable import ClusterRunnerDashboard

struct WordingTests {
    @Test(arguments: [
        (0.0, "0.00 s"), (0.456, "0.46 s"), (9.994, "9.99 s"), (9.996, "10.0 s"), (59.96, "1 min 0 s"),
        (61.2, "1 min 1 s"),
        (3599.7, "1 h 0 min"), (7384.0, "2 h 3 min"), (-1.0, "0.00 s"),
        (1e300, "277\u{202F}777\u{202F}777\u{202F}777 h 46 min"),
    ])
    func `A duration is told in two units at the most`(seconds: Double, text: String) {
        #expect(TimeText.duration(seconds) == text)
    }

    @Test func `What is left is told in whole seconds`() {
        #expect(TimeText.estimate(0) == "1 s")
        #expect(TimeText.estimate(4.2) == "5 s")
        #expect(TimeText.estimate(75) == "1 min 15 s")
    }

    @Test func `A time is there for people and for scripts`() {
        let time = TimeText(1_700_000_000, now: 1_700_000_192)
        #expect(time.machine == "2023-11-14T22:13:20Z")
        #expect(time.exact == "2023-11-14 22:13:20 UTC")
        #expect(time.text == "3 min ago")
        #expect(TimeText(1_700_000_000, now: 1_800_000_000).text == "2023-11-14")
        for odd in [1e300, -1e300, .infinity] { #expect(TimeText(odd, now: 0).machine.hasSuffix("Z")) }
    }

    @Test(arguments: [
        (0.0, "now"), (-1.4, "now"), (1.6, "2 s ago"), (59.4, "59 s ago"), (59.6, "1 min ago"), (3599.0, "59 min ago"),
        (7300.0, "2 h ago"), (86_400.0, "1 d ago"), (2_591_000.0, "29 d ago"), (-90.0, "in 1 min"), (2_592_000.0, nil),
    ])
    func `The distance of a time is told in one unit, and of a far one not at all`(seconds: Double, text: String?) {
        #expect(TimeText.relative(seconds) == text)
    }

    @Test func `Numbers are grouped, and bytes have the unit that fits`() {
        #expect(grouped(999) == "999")
        #expect(grouped(100_000) == "100\u{202F}000")
        #expect(grouped(-1234) == "-1\u{202F}234")
        #expect(byteCount(1023) == "1023 B")
        #expect(byteCount(1024) == "1.0 KiB")
        #expect(byteCount(1_048_575) == "1.0 MiB")
        #expect(byteCount(5 << 30) == "5.0 GiB")
    }
}
