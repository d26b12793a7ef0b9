import Testing

@testable import ClusterRunnerMaster

struct DecisionRateTests {
    private let rate = DecisionRate()

    private func note(_ count: Int, every pause: Duration, from start: Duration = .zero) {
        for number in 0..<count { rate.note(at: start + pause * number) }
    }

    @Test func `Few decisions are no rush, however close they are`() {
        note(DecisionRate.count - 1, every: .zero)
        #expect(!rate.isRush(at: .zero))
        rate.note(at: .zero)
        #expect(rate.isRush(at: .zero))
    }

    @Test func `Many decisions are no rush when they take their time`() {
        note(DecisionRate.count * 3, every: .milliseconds(7))
        #expect(!rate.isRush(at: .milliseconds(7) * (DecisionRate.count * 3 - 1)))
    }

    @Test func `A rush is over when nothing has been decided for a while`() {
        note(DecisionRate.count * 3, every: .milliseconds(1))
        let last = Duration.milliseconds(DecisionRate.count * 3 - 1)
        let first = last - .milliseconds(DecisionRate.count - 1)
        #expect(rate.isRush(at: last))
        #expect(rate.isRush(at: first + DecisionRate.window))
        #expect(!rate.isRush(at: first + DecisionRate.window + .milliseconds(1)))
    }

    @Test func `A rush can begin again`() {
        note(DecisionRate.count, every: .seconds(1))
        note(DecisionRate.count, every: .milliseconds(1), from: .seconds(100))
        #expect(rate.isRush(at: .seconds(100) + .milliseconds(DecisionRate.count)))
    }
}
