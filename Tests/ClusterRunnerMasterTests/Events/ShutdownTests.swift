import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerStore
import ClusterRunnerTesting
import Testing

@testable import ClusterRunnerMaster

/// Waits that begin when the service is already ending, so that no event would end them.
@Suite(.timeLimit(.minutes(10))) struct ShutdownTests {
    @Test func `A stream of events that is opened during the shutdown ends after what is stored`() async throws {
        let store = try SQLiteBuildStore.inMemory()
        try await store.enqueue([.event(EventRecord(tag: "T", timestamp: 1, data: [:]))]).durable()
        let signal = EventSignal()
        signal.finish()
        var listening = signal.listen().makeAsyncIterator()
        #expect(await listening.next() == nil)
        let timekeeper = Timekeeper(clock: StepClock()) { 0 }
        let stream = EventStream(store: store, signal: signal, readers: StreamReaders(), timekeeper: timekeeper)
        var frames = stream.frames(after: 0, build: nil)
        #expect(try await frames.next() != nil)
        #expect(try await frames.next() == nil)
    }

    @Test func `A build is not waited for during the shutdown`() async throws {
        let endings = BuildEndings()
        endings.finish()
        // The clock stands still.
        let timekeeper = Timekeeper(clock: StepClock()) { 0 }
        try await endings.wait(for: 1, atMost: .seconds(60), timekeeper) { false }
    }

    @Test func `A stream of instructions that is opened during the shutdown ends at once`() async {
        let outlets = InstructionOutlets()
        outlets.closeAll()
        let (stream, number) = outlets.open(slave: 1)
        #expect(await stream.reduce(0) { count, _ in count + 1 } == 0)
        #expect(!outlets.close(slave: 1, number: number))
    }
}
