import ClusterRunnerDomain
import ClusterRunnerStore
import Testing

@Suite struct NotificationRecordTests {
    @Test(arguments: StoreKind.allCases)
    func `Progress is replaced, removed, and goes with its build`(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let first = NotificationRecord(build: 1, target: "url http://a/")
            let other = NotificationRecord(build: 1, target: "url http://b/", settled: .building)
            let second = NotificationRecord(build: 2, target: "url http://a/")
            try await store.write(.build(plainBuild(1)), .notification(first), .notification(other))
            try await store.write(.build(plainBuild(2)), .notification(second))
            #expect(try await store.notifications() == [first, other, second])
            let advanced = NotificationRecord(build: 1, target: "url http://a/", settled: .canceled)
            try await store.write(.notification(advanced))
            #expect(try await store.notifications() == [advanced, other, second])
            try await store.write(.removeNotification(build: 1, target: "url http://b/"))
            #expect(try await store.notifications() == [advanced, second])
            try await store.write(.removeBuild(1))
            #expect(try await store.notifications() == [second])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `Progress of a build that no longer exists is dropped`(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.write(.notification(NotificationRecord(build: 7, target: "url http://a/")))
            #expect(try await store.notifications() == [])
        }
    }
}
