import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerStore
import Testing

@Suite struct FailureRecordTests {
    @Test(arguments: StoreKind.allCases)
    func `Failed set-ups come back in their order, and go with their build`(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let failures = ["first", "second"].map { SlaveFailure(slave: 3, url: "host:1", reason: $0) }
            try await store.write(
                .build(BuildRecord(id: 1, projectType: "git", parameters: ProjectParameters([:]))),
                .slaveFailure(build: 1, failures[0]),
                .slaveFailure(build: 1, failures[1])
            )
            #expect(try await store.slaveFailures(build: 1) == failures)
            #expect(try await store.slaveFailures(build: 2) == [])
            try await store.write(.removeBuild(1))
            #expect(try await store.slaveFailures(build: 1) == [])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `What speaks against slaves is kept until nothing does`(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let first = SlaveHealthRecord(
                url: "a:1",
                failedSetups: [1, 2],
                lastPause: 10,
                quarantinedUntil: 1010.5,
                changedAt: 1000.5
            )
            let second = SlaveHealthRecord(
                url: "b:1",
                failedSetups: [],
                lastPause: nil,
                quarantinedUntil: nil,
                isDrained: true,
                changedAt: 5
            )
            try await store.write(.slaveHealth(url: "b:1", first.at("b:1")), .slaveHealth(url: "a:1", first))
            try await store.write(.slaveHealth(url: "b:1", second))
            #expect(try await store.slaveHealth() == [first, second])
            try await store.write(.slaveHealth(url: "a:1", nil))
            #expect(try await store.slaveHealth() == [second])
        }
    }
}

extension SlaveHealthRecord {
    /// Returns the same for another slave.
    fileprivate func at(_ url: String) -> Self {
        Self(
            url: url,
            failedSetups: failedSetups,
            lastPause: lastPause,
            quarantinedUntil: quarantinedUntil,
            changedAt: changedAt
        )
    }
}
