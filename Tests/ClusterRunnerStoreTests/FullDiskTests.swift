import ClusterRunnerDomain
import ClusterRunnerPlugin
import GRDB
import Testing

@testable import ClusterRunnerStore

@Suite(.timeLimit(.minutes(10)))
struct FullDiskTests {
    /// Pauses that the test ends.
    private final class Pauses: Sendable {
        private let begun: AsyncStream<@Sendable () -> Void>
        private let continuation: AsyncStream<@Sendable () -> Void>.Continuation

        init() {
            (begun, continuation) = AsyncStream.makeStream()
        }

        var pause: CommitPause {
            CommitPause { [continuation] then in continuation.yield(then) }
        }

        /// Waits until a transaction found the disk full; returns the function that ends its pause.
        func next() async throws -> @Sendable () -> Void {
            var iterator = begun.makeAsyncIterator()
            return try #require(await iterator.next())
        }
    }

    private let pauses = Pauses()

    /// Runs a body with a store whose disk has room for a number of pages of 4 KiB.
    private func withStore(pages: Int, _ body: (SQLiteBuildStore, String) async throws -> Void) async throws {
        try await withDatabasePath { path in
            let store = try SQLiteBuildStore(path: path, schema: .current, pause: pauses.pause)
            try store.execute("PRAGMA max_page_count = \(pages)")
            try await body(store, path)
            try store.close()
        }
    }

    private let large = StoreChange.event(
        EventRecord(tag: String(repeating: "x", count: 500_000), timestamp: 0, data: [:])
    )

    private func tags(in store: SQLiteBuildStore) async throws -> [Character] {
        try await store.events(after: 0, since: nil, limit: .max).compactMap { $0.tag.first }
    }

    @Test func `What does not fit waits until there is room, and all that follows waits behind it`() async throws {
        try await withStore(pages: 60) { store, path in
            #expect(store.obstacle == nil)
            var tickets = store.whileWriterIsBusy { [event(1), large].map { store.enqueue([$0]) } }
            let retry = try await pauses.next()
            // Small enough for the remaining room; but it must not overtake the large one.
            tickets.append(store.enqueue([event(2)]))
            #expect(try await tags(in: store).isEmpty)
            #expect(
                store.obstacle?.message == """
                    Cannot write to the database "\(path)": database or disk is full (SQLite error 13). \
                    Make room on its disk.
                    """
            )
            retry()
            let again = try await pauses.next()
            #expect(try await tags(in: store).isEmpty)
            try store.execute("PRAGMA max_page_count = 100000")
            again()
            for ticket in tickets { try await ticket.durable() }
            #expect(try await tags(in: store) == ["C", "x", "C"])
            #expect(store.obstacle == nil)
            try await store.write(event(3))
        }
    }

    @Test func `Who waits for room may stop waiting, which undoes nothing`() async throws {
        try await withStore(pages: 60) { store, _ in
            let ticket = store.enqueue([large])
            let retry = try await pauses.next()
            await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await ticket.durable() }
                group.cancelAll()
                await #expect(throws: CancellationError.self) { try await group.next() }
            }
            try store.execute("PRAGMA max_page_count = 100000")
            retry()
            try await ticket.durable()
            #expect(try await tags(in: store) == ["x"])
        }
    }

    @Test func `Closing on a full disk fails what does not fit`() async throws {
        try await withStore(pages: 60) { store, _ in
            let ticket = store.enqueue([large])
            let retry = try await pauses.next()
            try store.close()
            let message = await message { try await ticket.durable() }
            #expect(message?.hasSuffix("Make room on its disk.") == true, "\(message ?? "no error")")
            retry()
        }
    }

    @Test func `A call at fault fails alone, also when it had to wait for room`() async throws {
        try await withStore(pages: 60) { store, _ in
            let orphan = StoreChange.subjobs([SubjobRecord(buildID: 404, id: 0, atomCount: 1)])
            let tickets = store.whileWriterIsBusy { [large, orphan, event(1)].map { store.enqueue([$0]) } }
            let retry = try await pauses.next()
            try store.execute("PRAGMA max_page_count = 100000")
            retry()
            try await tickets[0].durable()
            let message = await message { try await tickets[1].durable() }
            #expect(message?.contains("FOREIGN KEY constraint failed") == true, "\(message ?? "no error")")
            try await tickets[2].durable()
            #expect(try await tags(in: store) == ["x", "C"])
        }
    }

    @Test func `A file that another program holds is waited for, and lets go of nothing`() async throws {
        try await withStore(pages: 100_000) { store, path in
            var configuration = Configuration()
            configuration.allowsUnsafeTransactions = true
            let other = try DatabaseQueue(path: path, configuration: configuration)
            try await other.writeWithoutTransaction { db in try db.execute(sql: "BEGIN IMMEDIATE") }
            let ticket = store.enqueue([event(1)])
            let retry = try await pauses.next()
            #expect(
                store.obstacle?.message == """
                    Cannot write to the database "\(path)": database is locked (SQLite error 5). \
                    Another program holds it: end that one first.
                    """
            )
            #expect(store.obstacle?.code == .unavailable)
            try await other.writeWithoutTransaction { db in try db.execute(sql: "COMMIT") }
            retry()
            try await ticket.durable()
            #expect(store.obstacle == nil)
            #expect(try await tags(in: store) == ["C"])
        }
    }

    @Test func `A file that refuses to be written is waited for, and takes each change once`() async throws {
        try await withStore(pages: 100_000) { store, _ in
            let orphan = StoreChange.subjobs([SubjobRecord(buildID: 404, id: 0, atomCount: 1)])
            try store.execute("PRAGMA query_only = 1")
            let tickets = store.whileWriterIsBusy { [event(1), orphan, event(2)].map { store.enqueue([$0]) } }
            let retry = try await pauses.next()
            #expect(store.obstacle?.message.contains("Make it and its directory writable.") == true)
            try store.execute("PRAGMA query_only = 0")
            retry()
            try await tickets[0].durable()
            let message = await message { try await tickets[1].durable() }
            #expect(message?.contains("FOREIGN KEY constraint failed") == true, "\(message ?? "no error")")
            try await tickets[2].durable()
            #expect(try await tags(in: store) == ["C", "C"])
        }
    }
}
