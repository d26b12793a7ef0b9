import ClusterRunnerConcurrency
import NIOCore
import Synchronization

/// The open connections of a service.
///
/// The last quarter of the places is for callers that know the secret: when the others fill up, those without a signature
/// are closed, the idle ones first, and the oldest of them first. So strangers that open connections and say nothing
/// keep no slave out.
final class ConnectionTable: Sendable {
    /// Whether a request of a connection is in progress.
    final class Activity: Sendable {
        let isBusy = Atomic(false)
    }

    private struct Entry {
        let number: Int
        let activity: Activity
        let close: @Sendable () -> Void

        /// Idle before busy, and the oldest first.
        var turn: (Int, Int) { (activity.isBusy.load(ordering: .relaxed) ? 1 : 0, number) }
    }

    private struct State {
        var count = 0
        var limit = Int.max
        var strangers: [ObjectIdentifier: Entry] = [:]
        var trusted: Set<ObjectIdentifier> = []

        /// With a handful of places all wait for their turn.
        var isCrowded: Bool { limit >= 16 && strangers.count + trusted.count > limit - limit / 4 }
    }

    private let state = Lock(State())

    /// Sets how many connections there can be.
    func limit(to limit: Int) {
        state.withLock { $0.limit = limit }
    }

    /// A connection opened; returns how many had to go for it.
    @discardableResult
    func open(_ connection: ObjectIdentifier, _ activity: Activity, close: @escaping @Sendable () -> Void) -> Int {
        let leaving = state.withLock { state -> [Entry] in
            let leaving = state.isCrowded ? Self.takeOldest(from: &state) : []
            state.count += 1
            state.strangers[connection] = Entry(number: state.count, activity: activity, close: close)
            return leaving
        }
        for entry in leaving { entry.close() }
        return leaving.count
    }

    /// A connection closed.
    func close(_ connection: ObjectIdentifier) {
        state.withLock { state in
            state.strangers[connection] = nil
            state.trusted.remove(connection)
        }
    }

    /// A request on a connection was signed.
    func trust(_ connection: ObjectIdentifier) {
        state.withLock { state in
            if state.strangers.removeValue(forKey: connection) != nil { state.trusted.insert(connection) }
        }
    }

    /// Several at a time, so that the search is paid for by many connections.
    private static func takeOldest(from state: inout State) -> [Entry] {
        let turns = state.strangers.map { (connection: $0.key, turn: $0.value.turn) }
        let order = turns.sorted { $0.turn < $1.turn }.map(\.connection)
        let leaving = order.prefix(max(1, state.limit / 32))
        return leaving.compactMap { state.strangers.removeValue(forKey: $0) }
    }
}
