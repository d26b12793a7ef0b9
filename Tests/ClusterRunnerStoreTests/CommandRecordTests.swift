import ClusterRunnerDomain
import ClusterRunnerStore
import Testing

@Suite struct CommandRecordTests {
    private func record(_ kind: CommandRun.Kind, _ output: String, exitCode: Int? = 0) -> CommandRecord {
        let run = CommandRun(kind: kind, command: "make", exitCode: exitCode, output: output, seconds: 1.5)
        return kind == .atomizer
            ? CommandRecord(run: run, startedAt: 10)
            : CommandRecord(run: run, slaveID: 3, slaveURL: "host:1", startedAt: 10.25)
    }

    @Test(arguments: StoreKind.allCases)
    func `Commands come back in their order, and go with their build`(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let records = [record(.atomizer, "1\n2\n"), record(.setup, "ok"), record(.setup, "no", exitCode: nil)]
            try await store.write(.build(plainBuild(1)), .build(plainBuild(2)))
            try await store.write(.commands(build: 1, records), .commands(build: 2, [records[1]]))
            try await store.write(.commands(build: 1, [record(.teardown, "\u{0}ü")]))
            #expect(try await store.commands(build: 1) == records + [record(.teardown, "\u{0}ü")])
            try await store.write(.removeBuild(1))
            #expect(try await store.commands(build: 1) == [])
            #expect(try await store.rows(of: "build_commands") == 1)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `The commands of a build that was removed meanwhile are no obstacle`(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.write(.commands(build: 9, [record(.teardown, "late")]), .build(plainBuild(1)))
            #expect(try await store.commands(build: 9) == [])
            #expect(try await store.build(1) != nil)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `Atomizers that ran anew take the place of those before`(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.write(.build(plainBuild(1)))
            let first = [record(.atomizer, "a"), record(.atomizer, "b")]
            try await store.write(.commands(build: 1, first), .commands(build: 1, [record(.setup, "s")]))
            try await store.write(.commands(build: 1, [record(.atomizer, "c")]))
            #expect(try await store.commands(build: 1) == [record(.setup, "s"), record(.atomizer, "c")])
        }
    }
}
