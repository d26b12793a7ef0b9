import Testing

@testable import ClusterRunnerCommands

@Suite struct SystemdReportTests {
    @Test func `A service is ready once`() {
        var report = SystemdReport()
        #expect(report.ready("Listening.") == "READY=1\nSTATUS=Listening.")
        #expect(report.ready("Listening.") == nil)
        #expect(report.ready("Listening again.") == "STATUS=Listening again.")
    }

    @Test func `A status is told when it changes`() {
        var report = SystemdReport()
        #expect(report.report("Too early.") == nil)
        _ = report.ready("Listening.")
        #expect(report.report("Listening.") == nil)
        #expect(report.report("One slave.") == "STATUS=One slave.")
        #expect(report.answered("One slave.") == "WATCHDOG=1")
        #expect(report.answered("Two slaves.") == "WATCHDOG=1\nSTATUS=Two slaves.")
        #expect(report.answered(nil) == "WATCHDOG=1")
    }

    @Test func `A service that does not answer gives no sign of life, and shows its usual status afterwards`() {
        var report = SystemdReport()
        _ = report.ready("Connected.")
        #expect(report.failed("It has not answered.") == "STATUS=It has not answered.")
        #expect(report.failed("It has not answered.") == nil)
        #expect(report.answered(nil) == "WATCHDOG=1\nSTATUS=Connected.")
    }

    @Test func `The end is told once, with the time that it takes, and is the last status`() {
        var report = SystemdReport()
        _ = report.ready("Listening.")
        let end = "STOPPING=1\nEXTEND_TIMEOUT_USEC=660000000\nSTATUS=Finishing running work before the end."
        #expect(report.ending(within: .seconds(660)) == end)
        #expect(report.ending(within: .seconds(660)) == nil)
        #expect(report.report("One slave.") == nil)
        #expect(report.failed("Nothing.") == nil)
        #expect(report.answered("One slave.") == "WATCHDOG=1")
    }

    @Test func `A service may be told to end before it is ready`() {
        var report = SystemdReport()
        #expect(report.ending(within: .seconds(1))?.hasPrefix("STOPPING=1\n") == true)
        #expect(report.ready("Listening.") == nil)
    }

    @Test func `A status of several lines cannot set other variables`() {
        var report = SystemdReport()
        #expect(report.ready("a\nMAINPID=1\r\n\u{2028}b") == "READY=1\nSTATUS=a MAINPID=1 b")
    }
}
