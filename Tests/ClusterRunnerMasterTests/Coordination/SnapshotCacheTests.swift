import ClusterRunnerConcurrency
import ClusterRunnerTesting
import Testing

@testable import ClusterRunnerMaster

@Suite(.timeLimit(.minutes(10))) struct SnapshotCacheTests {
    private let clock = StepClock()
    private let board: SnapshotCache<Int, String>
    private let questions: AsyncStream<Void>

    init() {
        let (questions, question) = AsyncStream<Void>.makeStream()
        self.questions = questions
        board = SnapshotCache { question.yield() }
    }

    /// Returns once a number of readers have asked.
    private func isAsked(_ count: Int = 1) async {
        var iterator = questions.makeAsyncIterator()
        for _ in 0..<count { await iterator.next() }
    }

    /// Asks for key 1 and waits at most a minute, of a clock that stands still.
    private func news() async -> String? {
        await board.news(of: 1, within: .seconds(60), Timekeeper(clock: clock) { 0 })
    }

    @Test func `Who asks is answered with what is published after that`() async {
        board.publish("old", of: 1, at: .zero)
        async let answer = news()
        await isAsked()
        #expect(board.asked == [1])
        board.publish("other", of: 2, at: .zero)
        board.publish("new", of: 1, at: .zero)
        #expect(await answer == "new")
        #expect(board.asked == [])
    }

    @Test func `Who asks a busy owner takes what was published before`() async {
        board.publish("old", of: 1, at: .zero)
        async let answer = news()
        #expect(await clock.step() == .seconds(60))
        #expect(await answer == "old")
        // The question stands: the next publication answers the next reader.
        #expect(board.asked == [1])
    }

    @Test func `One publication answers all who asked`() async {
        async let first = news()
        async let second = news()
        await isAsked(2)
        board.publish("new", of: 1, at: .zero)
        #expect(await first == "new")
        #expect(await second == "new")
    }

    @Test func `That there is nothing any more is an answer`() async {
        board.publish("old", of: 1, at: .zero)
        async let answer = news()
        await isAsked()
        board.publish(nil, of: 1, at: .zero)
        #expect(await answer == nil)
    }
}
