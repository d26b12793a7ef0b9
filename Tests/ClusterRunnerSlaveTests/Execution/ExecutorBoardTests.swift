import ClusterRunnerDomain
import Testing

@testable import ClusterRunnerSlave

@Suite struct ExecutorBoardTests {
    @Test func `The board shows what each executor runs`() {
        let board = ExecutorBoard(executors: 2)
        #expect(board.all == [nil, nil])
        let activity = ExecutorBoard.Activity(build: 1, claim: LeasedAtom(lease: 2, subjob: 3, atom: 4))
        board.set(activity, executor: 1)
        #expect(board.all == [nil, activity])
        board.set(nil, executor: 1)
        #expect(board.all == [nil, nil])
    }
}
