import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerStore

/// A store that reads and says that it cannot write.
struct ObstructedStore: WrappedStore {
    let store: SQLiteBuildStore
    var obstacle: ClusterRunnerError? { ClusterRunnerError(.unavailable, "Another program holds the database.") }

    func enqueue(_ changes: [StoreChange]) -> StoreTicket { store.enqueue(changes) }
}
