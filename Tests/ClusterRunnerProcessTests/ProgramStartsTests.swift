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

    @Test func `A file that was just written is executed beside starts of other programs`() async throws {
        let (fixture, others) = (try CommandFixture(), try CommandFixture())
        let done = Lock(false)
        async let noise: Void = {
            while !done.withLock({ $0 }) { try await others.run(":") }
        }()
        for number in 0..<300 {
            let path = "\(fixture.folder)/script\(number)"
            try Data("#!/bin/sh\nexit 7\n".utf8).write(to: URL(filePath: path))
            try #require(chmod(path, 0o755) == 0)
            await ProgramStarts.settle(.system())
            let outcome = try await fixture.run("./script\(number)")
            let output = try fixture.text()
            #expect(outcome.exitCode == 7, "\(output)")
        }
        done.withLock { $0 = true }
        try await noise
    }
}
