import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerStore
import Testing

struct EventRecordTests {
    @Test(arguments: StoreKind.allCases)
    func `An event comes back as it was written, with the next number`(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let data: [String: JSONValue] = [
                "text": "q\"b\\n\n\u{0}\u{1f}é🧪\u{2028}", "": "", "list": [1, nil, [], [:]], "map": ["a": ["b": false]],
                "big": .integer(.max), "small": .integer(.min), "part": .number(-0.1), "huge": .number(1e300),
            ]
            try await store.write(
                .event(EventRecord(tag: "A\u{0}B", timestamp: 1.25, data: data)),
                .event(EventRecord(tag: "", timestamp: 0, data: [:]))
            )
            let events = try await store.events(after: 0, since: nil, limit: 10)
            #expect(events.map(\.id) == [1, 2])
            #expect(events.map(\.tag) == ["A\u{0}B", ""])
            #expect(events.map(\.timestamp) == [1.25, 0])
            #expect(events.map(\.data) == [data, [:]])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `Events are listed by number, by time and at most as many as asked for`(kind: StoreKind) async throws {
        try await kind.withStore { store in
            // Clocks sometimes jump back, so times do not always grow with numbers.
            try await store.write(event(1, at: 10), event(2, at: 30), event(3, at: 20), event(4, at: 40))
            func ids(after: Int = 0, since: Double? = nil, limit: Int = 100) async throws -> [Int] {
                try await store.events(after: after, since: since, limit: limit).map(\.id)
            }

            #expect(try await ids() == [1, 2, 3, 4])
            #expect(try await ids(after: 2) == [3, 4])
            #expect(try await ids(after: 4) == [])
            #expect(try await ids(limit: 2) == [1, 2])
            #expect(try await ids(since: 20) == [2, 3, 4])
            #expect(try await ids(since: 20.5) == [2, 4])
            #expect(try await ids(after: 2, since: 20) == [3, 4])
            #expect(try await ids(since: 20, limit: 2) == [2, 3])
            #expect(try await ids(limit: 0) == [])
            #expect(try await ids(since: 0, limit: -1) == [])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `The newest event is known, whatever its time`(kind: StoreKind) async throws {
        try await kind.withStore { store in
            #expect(try await store.lastEvent() == 0)
            try await store.write(event(1, at: 30), event(2, at: 10))
            #expect(try await store.lastEvent() == 2)
        }
    }

    @Test func `An event with a number that JSON cannot carry is refused`() async throws {
        let store = try SQLiteBuildStore.inMemory()
        let endless = StoreChange.event(EventRecord(tag: "T", timestamp: 0, data: ["n": [.number(.infinity)]]))
        let message = await message { try await store.write(endless) }
        #expect(message == "invalid argument: The number inf cannot be kept: JSON has only finite ones.")
    }

    @Test func `The number of an event is never used again`() async throws {
        try await withDatabasePath { path in
            let first = try SQLiteBuildStore(path: path)
            try await first.write(event(1), event(2))
            try first.execute("DELETE FROM events")
            try await first.write(event(3))
            #expect(try await first.events(after: 0, since: nil, limit: 9).map(\.id) == [3])
            try first.execute("DELETE FROM events")
            try first.close()

            let second = try SQLiteBuildStore(path: path)
            try await second.write(event(4))
            #expect(try await second.events(after: 0, since: nil, limit: 9).map(\.id) == [4])
            try second.close()
        }
    }
}
