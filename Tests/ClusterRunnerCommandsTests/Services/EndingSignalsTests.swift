import ClusterRunnerConcurrency
import Glibc
import Testing

@testable import ClusterRunnerCommands

@Suite(.timeLimit(.minutes(10))) struct EndingSignalsTests {
    @Test func `Every listener hears every signal, a later one and one of an inner relay, too`() async throws {
        let (first, second) = (EndingSignals.all[0], EndingSignals.all[1])
        try await EndingSignals.withRelay { signals in
            let early = signals.listen()
            signals.pass(first)
            try await EndingSignals.withRelay { inner in
                #expect(inner === signals)
                inner.pass(second)
            }
            for listener in [early, signals.listen()] {
                var heard: [String] = []
                for await signal in listener {
                    heard.append("\(signal)")
                    if heard.count == 2 { break }
                }
                #expect(heard == ["SIGTERM", "SIGINT"])
            }
        }
    }

    @Test func `A listener that does not ask for earlier signals hears later ones only`() async throws {
        let (first, second) = (EndingSignals.all[0], EndingSignals.all[1])
        try await EndingSignals.withRelay { signals in
            signals.pass(first)
            let late = signals.listen(fromBeginning: false)
            signals.pass(second)
            let heard = await late.first { _ in true }
            #expect(heard == second)
        }
    }

    @Test func `TERM, INT, QUIT and HUP end a program`() {
        #expect(EndingSignals.all.map { "\($0)" } == ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP"])
    }

    @Test(arguments: 0..<4)
    func `The next signal ends an operation, whichever it is, and an earlier one does not`(index: Int) async throws {
        try await EndingSignals.withRelay { signals in
            let ending = EndingSignals.all[index]
            signals.pass(EndingSignals.all[0])
            let first = await signals.untilNext { "done" }
            #expect(first == "done")
            let result = await signals.untilNext {
                signals.pass(ending)
                await OneShotSignal().wait()
                return "canceled"
            }
            #expect(result == nil)
        }
    }
}
