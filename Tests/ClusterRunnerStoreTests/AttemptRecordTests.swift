import ClusterRunnerDomain
import ClusterRunnerStore
import Testing

@Suite struct AttemptRecordTests {
    private func attempt(_ number: Int, subjob: SubjobID = 0, atom: AtomIndex = 0, _ result: AtomResult)
        -> AttemptRecord
    {
        AttemptRecord(
            buildID: 1,
            subjobID: subjob,
            atomID: atom,
            number: number,
            result: result,
            isObstructed: number == 2,
            slaveID: 3,
            executor: 1,
            startedAt: 12.5
        )
    }

    @Test(arguments: StoreKind.allCases)
    func `Runs that do not count are listed by atom, with their outputs if these are asked for`(
        kind: StoreKind
    ) async throws {
        try await kind.withStore { store in
            let attempts = [
                attempt(1, AtomResult(exitCode: 3, seconds: 1, console: .inline([0, 255]), hasArtifacts: true)),
                attempt(2, AtomResult(exitCode: 126, seconds: 0, cause: "no folder")),
                attempt(1, atom: 1, AtomResult(exitCode: 1, seconds: 2, console: .file)),
                attempt(1, subjob: 4, AtomResult(exitCode: 1, seconds: 2)),
            ]
            try await store.write(.build(plainBuild(1)))
            for attempt in attempts.reversed() { try await store.write(.attempt(attempt)) }
            #expect(try await store.attempts(build: 1, subjobs: 0...3, withConsole: true) == Array(attempts.prefix(3)))
            let bare = try await store.attempts(build: 1, subjobs: 0...0, withConsole: false)
            #expect(bare.first?.result.console == .inline([]))
            #expect(bare.map(\.number) == [1, 2, 1])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `They go with their build, and one of an unknown build is dropped`(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let one = StoreChange.attempt(attempt(1, AtomResult(exitCode: 1, seconds: 0)))
            try await store.write(one)
            try await store.write(.build(plainBuild(1)), one)
            #expect(try await store.attempts(build: 1, subjobs: 0...9, withConsole: false).count == 1)
            try await store.write(.removeBuild(1))
            #expect(try await store.attempts(build: 1, subjobs: 0...9, withConsole: false).isEmpty)
        }
    }
}
