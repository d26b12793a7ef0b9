import ClusterRunnerDomain
import Testing

@testable import ClusterRunnerStore

struct SubjobRecordTests {
    private let full = SubjobRecord(
        buildID: 1,
        id: 5,
        atomCount: 12,
        state: .inProgress,
        slaveID: 3,
        slaveURL: "høst:43001",
        lease: LeaseID(Int.max),
        attempts: 2,
        parts: [LeaseAtoms(lease: 7, atoms: [0, 3]), LeaseAtoms(lease: LeaseID(Int.max), atoms: [11])],
        lostSlaves: ["a:1"]
    )

    @Test(arguments: StoreKind.allCases)
    func `A subjob comes back as it was written`(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let plain = SubjobRecord(buildID: 1, id: 5, atomCount: 1)
            try await store.write(.build(plainBuild(1)), .subjobs([full]))
            #expect(try await store.subjob(build: 1, id: 5) == full)
            try await store.write(.subjobs([plain]))
            #expect(try await store.subjob(build: 1, id: 5) == plain)
            #expect(try await store.subjob(build: 1, id: 6) == nil)
            #expect(try await store.subjob(build: 2, id: 5) == nil)
        }
    }

    @Test(arguments: [SubjobState.queued, .inProgress, .completed, .canceled])
    func `Every state of a subjob can be kept`(state: SubjobState) async throws {
        let store = try SQLiteBuildStore.inMemory()
        let record = SubjobRecord(buildID: 1, id: 0, atomCount: 1, state: state)
        try await store.write(.build(plainBuild(1)), .subjobs([record]))
        #expect(try await store.subjob(build: 1, id: 0) == record)
    }

    @Test(arguments: StoreKind.allCases)
    func `Subjobs are listed by id and by page`(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let records = [3, 0, 2, 1].map { SubjobRecord(buildID: 1, id: $0, atomCount: 1) }
            let other = SubjobRecord(buildID: 2, id: 9, atomCount: 1)
            try await store.write(.build(plainBuild(1)), .build(plainBuild(2)), .subjobs(records + [other]))
            #expect(try await store.subjobs(build: 1, page: .all).map(\.id) == [0, 1, 2, 3])
            #expect(try await store.subjobs(build: 1, page: StorePage(offset: 1, limit: 2)).map(\.id) == [1, 2])
            #expect(try await store.subjobs(build: 3, page: .all).isEmpty)
        }
    }

    @Test func `Subjobs of the first version have no parts`() async throws {
        try await withDatabasePath { path in
            let first = StoreSchema(migrations: [StoreSchema.createTables])
            let old = try SQLiteBuildStore(path: path, schema: first)
            try old.insertOldBuild(1)
            let columns = "build_id, id, atom_count, state, lease, attempts"
            try old.execute("INSERT INTO subjobs (\(columns)) VALUES (1, 0, 3, 1, 7, 1)")
            try old.close()
            let new = try SQLiteBuildStore(path: path)
            let subjob = SubjobRecord(buildID: 1, id: 0, atomCount: 3, state: .inProgress, lease: 7, attempts: 1)
            #expect(try await new.subjob(build: 1, id: 0) == subjob)
            try new.close()
        }
    }
}
