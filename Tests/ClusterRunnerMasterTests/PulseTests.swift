import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerStore
import ClusterRunnerTesting
import ClusterRunnerWire
import Testing

@testable import ClusterRunnerMaster

@Suite(.timeLimit(.minutes(10))) struct PulseTests {
    /// A store that makes nothing durable, and has no reason for it.
    private final class StuckStore: WrappedStore {
        let store: SQLiteBuildStore
        let isAsked = OneShotSignal()

        init(_ store: SQLiteBuildStore) {
            self.store = store
        }

        func enqueue(_ changes: [StoreChange]) -> StoreTicket {
            StoreTicket { [isAsked] in
                isAsked.fire()
                await OneShotSignal().wait()
                try Task.checkCancellation()
            }
        }
    }

    private func withMaster(
        _ change: (inout MasterSettings) -> Void = { _ in },
        over wrap: (SQLiteBuildStore) -> any BuildStore = { $0 },
        _ body: (RunningMaster) async throws -> Void
    ) async throws {
        try await withScratchDirectory { directory in
            let store = try SQLiteBuildStore(path: "\(directory)/store.db")
            let authenticator = try MessageAuthenticator(key: LiveMaster.secret)
            let service = LiveMaster.service(in: directory, wrap(store), authenticator, change)
            let folders = MasterFolders(base: "\(directory)/master", jobUser: nil) { _ in }
            try folders.create(folders.base)
            try folders.prepare()
            try await body(try await service.makeRunning(in: folders))
            try store.close()
        }
    }

    @Test func `A master that works describes itself`() async throws {
        try await withMaster { (master) async throws in
            #expect(try await master.pulse() == "Slaves: 0, executors: 0, unfinished builds: 0.")
        }
    }

    @Test func `A master whose disk is full works, and says what it waits for`() async throws {
        try await withMaster(over: { HeldStore($0) }) { (master) async throws in
            #expect(try await master.pulse() == "The disk is full.")
        }
    }

    @Test func `A master that refuses builds works`() async throws {
        try await withMaster {
            $0.limits = AdmissionLimits(freeBytes: 1 << 60, unfinishedBuilds: 0)
        } _: { (master) async throws in
            #expect(try await master.makeRoutes().obstacles().map(\.kind) == [.disk, .backlog])
            #expect(try await master.pulse() == "Slaves: 0, executors: 0, unfinished builds: 0.")
        }
    }

    @Test func `A master whose store makes nothing durable has no pulse`() async throws {
        let (stuck, continuation) = AsyncStream<StuckStore>.makeStream()
        let wrap = { (store: SQLiteBuildStore) -> any BuildStore in
            let store = StuckStore(store)
            continuation.yield(store)
            return store
        }
        try await withMaster(over: wrap) { (master) async throws in
            await withThrowingTaskGroup(of: String?.self) { group in
                group.addTask { try await master.pulse() }
                for await store in stuck {
                    await store.isAsked.wait()
                    break
                }
                group.cancelAll()
                let answer = await group.nextResult()
                #expect(throws: CancellationError.self) { try answer?.get() }
            }
        }
    }
}
