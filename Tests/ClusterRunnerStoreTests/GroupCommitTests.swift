import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin
import Dispatch
import GRDB
import Testing

@testable import ClusterRunnerStore

@Suite(.timeLimit(.minutes(10)))
struct GroupCommitTests {
    /// A change that the tables refuse: a subjob of an unknown build.
    private let orphan = StoreChange.subjobs([SubjobRecord(buildID: 404, id: 0, atomCount: 1)])

    private func numbers(in store: SQLiteBuildStore) async throws -> [Int?] {
        try await store.events(after: 0, since: nil, limit: .max).map { $0.data["number"]?.integer }
    }

    @Test(arguments: StoreKind.allCases)
    func `Changes are made in the order of the calls`(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let tickets = (0..<1_000).map { store.enqueue([event($0)]) }
            try await tickets[500].durable()
            #expect(try await Array(numbers(in: store).prefix(501)) == Array(0...500))
            try await tickets[999].durable()
            #expect(try await numbers(in: store) == Array(0..<1_000))
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `What is queued while the writer is busy becomes one transaction`(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let commits = CommitCount()
            store.database.add(transactionObserver: commits, extent: .databaseLifetime)
            let tickets = store.whileWriterIsBusy { (0..<50).map { store.enqueue([event($0)]) } }
            for ticket in tickets { try await ticket.durable() }
            #expect(commits.count.withLock { $0 } == 1)
            #expect(try await numbers(in: store) == Array(0..<50))
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `An observer gets the duration of each transaction once, before the tickets of its changes`(
        kind: StoreKind
    ) async throws {
        try await kind.withStore { store in
            try await store.write(event(0))
            let durations = Lock<[Duration]>([])
            store.observeCommits { duration in durations.withLock { $0.append(duration) } }
            let tickets = store.whileWriterIsBusy { (1..<20).map { store.enqueue([event($0)]) } }
            for ticket in tickets { try await ticket.durable() }
            #expect(durations.withLock { $0.count } == 1)
            try await store.write(event(20))
            #expect(durations.withLock { $0.count } == 2)
            #expect(durations.withLock { $0.allSatisfy { $0 > .zero && $0 < .seconds(60) } })
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `A call that fails takes nothing else along`(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let tickets = store.whileWriterIsBusy {
                [[event(1)], [event(2), orphan, event(3)], [event(4)]].map { store.enqueue($0) }
            }
            try await tickets[0].durable()
            try await tickets[2].durable()
            let message = await message { try await tickets[1].durable() }
            #expect(
                message?.hasSuffix(": FOREIGN KEY constraint failed (SQLite error 787).") == true,
                "\(message ?? "")"
            )
            #expect(try await numbers(in: store) == [1, 4])
            try await store.write(event(5))
            #expect(try await numbers(in: store) == [1, 4, 5])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `A single call that fails leaves nothing behind`(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let message = await message { try await store.write(event(1), orphan) }
            #expect(message?.contains("FOREIGN KEY constraint failed") == true, "\(message ?? "no error")")
            let kept = try await numbers(in: store)
            #expect(kept.isEmpty)
        }
    }

    @Test func `A build is whole although the call that first brought its request failed`() async throws {
        let store = try SQLiteBuildStore.inMemory()
        await #expect(throws: ClusterRunnerError.self) { try await store.write(.build(plainBuild(1)), orphan) }
        try await store.write(.build(plainBuild(1)))
        #expect(try await store.build(1) == plainBuild(1))

        let tickets = store.whileWriterIsBusy {
            [[.build(plainBuild(2)), orphan], [.build(plainBuild(2))]].map { store.enqueue($0) }
        }
        try await tickets[1].durable()
        #expect(try await store.build(2) == plainBuild(2))
    }

    @Test(arguments: StoreKind.allCases)
    func `A transaction that cannot be committed fails all its calls`(kind: StoreKind) async throws {
        try await kind.withStore { store in
            // A deferred reference is checked by the commit itself.
            try store.execute(
                """
                CREATE TABLE late (build_id INTEGER REFERENCES builds (id) DEFERRABLE INITIALLY DEFERRED);
                CREATE TRIGGER late_event AFTER INSERT ON events WHEN new.tag = 'LATE'
                    BEGIN INSERT INTO late VALUES (404); END;
                """
            )
            let late = StoreChange.event(EventRecord(tag: "LATE", timestamp: 0, data: [:]))
            let tickets = store.whileWriterIsBusy { [event(1), late, orphan].map { store.enqueue([$0]) } }
            for ticket in tickets {
                let message = await message { try await ticket.durable() }
                #expect(message?.contains("FOREIGN KEY constraint failed") == true, "\(message ?? "no error")")
            }
            #expect(try await numbers(in: store).isEmpty)
            try await store.write(event(2))
            #expect(try await numbers(in: store) == [2])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `An error that ends the whole transaction fails all its calls`(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try store.execute(
                """
                CREATE TRIGGER end_event AFTER INSERT ON events WHEN new.tag = 'END'
                    BEGIN SELECT RAISE(ROLLBACK, 'the end'); END;
                """
            )
            let end = StoreChange.event(EventRecord(tag: "END", timestamp: 0, data: [:]))
            let tickets = store.whileWriterIsBusy { [event(1), end, event(2)].map { store.enqueue([$0]) } }
            for ticket in tickets {
                let message = await message { try await ticket.durable() }
                #expect(message?.contains(": the end (SQLite error 1811).") == true, "\(message ?? "no error")")
            }
            try await store.write(event(3))
            #expect(try await numbers(in: store) == [3])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `A ticket may be awaited often, late, by many, and for nothing`(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let ticket = store.enqueue([event(1)])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 { group.addTask { try await ticket.durable() } }
                try await group.waitForAll()
            }
            try await ticket.durable()
            let failing = store.enqueue([orphan])
            await #expect(throws: ClusterRunnerError.self) { try await failing.durable() }
            await #expect(throws: ClusterRunnerError.self) { try await failing.durable() }

            _ = store.enqueue([event(2)])
            try await store.enqueue([]).durable()
            #expect(try await numbers(in: store) == [1, 2])
        }
    }

    @Test func `A read does not wait for the writer and sees only what is durable`() async throws {
        try await withDatabasePath { path in
            let store = try SQLiteBuildStore(path: path)
            try await store.write(event(1))
            let (started, signal) = AsyncStream.makeStream(of: Void.self)
            let release = DispatchSemaphore(value: 0)
            store.database.asyncWriteWithoutTransaction { db in
                try? db.inTransaction(.immediate) {
                    try db.execute(sql: "UPDATE events SET data = '{\"number\":99}'")
                    signal.yield()
                    release.wait()
                    return .commit
                }
            }
            for await _ in started { break }
            let ticket = store.enqueue([event(2)])
            #expect(try await numbers(in: store) == [1])
            release.signal()
            try await ticket.durable()
            #expect(try await numbers(in: store) == [99, 2])
            try store.close()
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `A canceled read throws nothing but the cancellation`(kind: StoreKind) async throws {
        try await kind.withStore { store in
            await withTaskGroup(of: Bool.self) { group in
                group.cancelAll()
                group.addTask {
                    do {
                        _ = try await store.builds(BuildQuery())
                        return false
                    } catch {
                        return error is CancellationError
                    }
                }
                for await isCanceled in group { #expect(isCanceled) }
            }
        }
    }

    @Test func `Closing writes what is queued and refuses the rest`() async throws {
        try await withDatabasePath { path in
            let store = try SQLiteBuildStore(path: path)
            let tickets = (0..<100).map { store.enqueue([event($0)]) }
            try store.close()
            for ticket in tickets { try await ticket.durable() }
            try store.close()
            #expect(
                await message { try await store.write(event(1)) }
                    == "failed: Cannot write to the database \"\(path)\": it is closed."
            )
            #expect(
                await message { _ = try await store.build(1) }
                    == "failed: Cannot read the database \"\(path)\": Connection is closed (SQLite error 21)."
            )
            let reopened = try SQLiteBuildStore(path: path)
            #expect(try await numbers(in: reopened) == Array(0..<100))
            try reopened.close()
        }
    }
}

/// Counts the transactions of a database.
private final class CommitCount: TransactionObserver, Sendable {
    let count = Lock(0)

    func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { false }
    func databaseDidChange(with event: DatabaseEvent) {}
    func databaseDidCommit(_ db: Database) { count.withLock { $0 += 1 } }
    func databaseDidRollback(_ db: Database) {}
}
