import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerPlugin
import ClusterRunnerStore
import ClusterRunnerTesting
import ClusterRunnerWire
import Foundation
import Testing

@testable import ClusterRunnerMaster

@Suite(.timeLimit(.minutes(10))) struct EventFeedTests {
    private let store: SQLiteBuildStore
    private let signal = EventSignal()
    private var feed: EventFeed { EventFeed(store: store, signal: signal) }

    init() throws {
        store = try SQLiteBuildStore.inMemory()
    }

    private func add(_ builds: BuildID...) async throws {
        let changes = builds.map {
            StoreChange.event(EventRecord(tag: "T", timestamp: 1, data: ["build_id": .integer($0)]))
        }
        try await store.enqueue(changes).durable()
        signal.send()
    }

    @Test func `The log gets each event after a point as a line, behind what it holds`() async throws {
        try await withScratchDirectory { directory in
            let path = "\(directory)/events.log"
            try "before\n".write(toFile: path, atomically: true, encoding: .utf8)
            try await add(1, 2)
            let writing = feed
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await writing.writeLog(to: .file(path), after: 1) }
                while try String(contentsOfFile: path, encoding: .utf8).count < 10 { await Task.yield() }
                group.cancelAll()
            }
            let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
            #expect(lines == ["before", "{\"__id__\":2,\"__tag__\":\"T\",\"__timestamp__\":1,\"build_id\":2}"])
        }
    }

    @Test func `Lines that a full disk refuses are tried again with the next event`() async throws {
        try await add(1)
        let (failures, continuation) = AsyncStream<String>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [feed] in
                try await feed.writeLog(to: .file("/dev/full"), after: 0, failed: { continuation.yield("\($0)") })
                continuation.finish()
            }
            var iterator = failures.makeAsyncIterator()
            #expect(await iterator.next() == "Cannot write the event log /dev/full: No space left on device.")
            try await add(2)
            signal.finish()
            // Once for the same lines, however often they are retried.
            #expect(await iterator.next() == nil)
            try await group.waitForAll()
        }
    }

    @Test func `A log that cannot be written is named`() async throws {
        let error = await #expect(throws: ClusterRunnerError.self) {
            try await feed.writeLog(to: .file("/no/such/place/events.log"), after: 0)
        }
        #expect(error?.message == "Cannot write the event log /no/such/place/events.log: No such file or directory.")
    }
}

@Suite(.timeLimit(.minutes(10))) struct EventSignalTests {
    @Test func `Several signals before a look count as one`() async {
        let signal = EventSignal()
        var iterator = signal.listen().makeAsyncIterator()
        signal.send()
        signal.send()
        #expect(await iterator.next() != nil)
        signal.finish()
        #expect(await iterator.next() == nil)
    }

    @Test func `Everybody who listens is woken`() async {
        let signal = EventSignal()
        var first = signal.listen().makeAsyncIterator()
        var second = signal.listen().makeAsyncIterator()
        signal.send()
        #expect(await first.next() != nil)
        #expect(await second.next() != nil)
    }
}
