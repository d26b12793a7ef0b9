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

    @Test func `Who does not ask for earlier signals hears later ones only`() async throws {
        let (first, second) = (EndingSignals.all[0], EndingSignals.all[1])
        try await EndingSignals.withRelay { signals in
            signals.pass(first)
            let late = signals.listen(alsoToEarlier: false)
            signals.pass(second)
            let heard = await late.first { _ in true }
            #expect(heard == second)
        }
    }

    @Test func `A hang-up that is ignored stays ignored`() async {
        await #expect(processExitsWith: .success) {
            signal(SIGHUP, SIG_IGN)
            #expect(EndingSignals.all.count == 2)
            signal(SIGHUP, SIG_DFL)
            #expect(EndingSignals.all.count == 3)
        }
    }
}
