import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerStore

/// A store whose disk is full until the test releases it: no change becomes durable before.
final class HeldStore: WrappedStore {
    let store: SQLiteBuildStore
    private let room = OneShotSignal()

    init(_ store: SQLiteBuildStore) {
        self.store = store
    }

    /// Makes room.
    func release() { room.fire() }

    var obstacle: ClusterRunnerError? { room.hasFired ? nil : ClusterRunnerError(.failed, "The disk is full.") }

    func enqueue(_ changes: [StoreChange]) -> StoreTicket {
        StoreTicket { [room, store] in
            await room.wait()
            try Task.checkCancellation()
            try await store.enqueue(changes).durable()
        }
    }
}
