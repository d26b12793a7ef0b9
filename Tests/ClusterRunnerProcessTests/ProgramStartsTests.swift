import ClusterRunnerConcurrency
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation
import Testing

@testable import ClusterRunnerProcess

@Suite(.timeLimit(.minutes(10)))
struct ProgramStartsTests {
    @Test func `Who settles waits for a start that is under way, for a limited time`() async throws {
        let (begun, goOn) = (OneShotSignal(), DispatchSemaphore(value: 0))
        Thread.detachNewThread {
            ProgramStarts.during {
                begun.fire()
                goOn.wait()
            }
        }
        await begun.wait()
        await ProgramStarts.settle(within: .milliseconds(1), .system())
        let settled = OneShotSignal()
        async let settling: Void = {
            await ProgramStarts.settle(within: .seconds(600), .system())
            settled.fire()
        }()
        // Settling has looked at the starts when a later one ends.
        await Task.yield()
        #expect(!settled.hasFired)
        goOn.signal()
        await settling
        #expect(settled.hasFired)
    }
}
