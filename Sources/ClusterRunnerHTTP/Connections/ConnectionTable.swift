import ClusterRunnerConcurrency
import NIOCore
import Synchronization

/// The open connections of a service.
///
/// The last quarter of the places is for callers that know the secret. When the others fill up, connections without a
/// signature are closed, idle ones first, then the oldest. So strangers that open idle connections keep no slave out.
final class ConnectionTable: Sendable {
    /// The state of a connection, which says whether a request is in progress.
    final class Activity: Sendable {
        let isBusy = Atomic(false)
    }

    private struct Entry {
        let number: Int
        let activity: Activity
        let close: @Sendable () -> Void

        /// The order of eviction: idle before busy, then the oldest.
        var turn: (Int, Int) { (activity.isBusy.load(ordering: .relaxed) ? 1 : 0, number) }
    }

    private struct State {
        var count = 0
        var limit = Int.max
        var strangers: [ObjectIdentifier: Entry] = [:]
        var trusted: Set<ObjectIdentifier> = []

        /// Whether a new connection evicts others; never with a handful of places.
        var isCrowded: Bool { limit >= 16 && strangers.count + trusted.count > limit - limit / 4 }
    }

    private let state = Lock(State())

    /// Sets the maximum number of connections.
    func limit(to limit: Int) {
        state.withLock { $0.limit = limit }
    }

    /// Adds a connection; returns the number of connections closed to make room.
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

    /// Removes a closed connection.
    func close(_ connection: ObjectIdentifier) {
        state.withLock { state in
            state.strangers[connection] = nil
            state.trusted.remove(connection)
        }
    }

    /// Marks a connection on which a signed request came.
    func trust(_ connection: ObjectIdentifier) {
        state.withLock { state in
            if state.strangers.removeValue(forKey: connection) != nil { state.trusted.insert(connection) }
        }
    }

    /// Takes several at a time, so that many connections share the cost of the search.
    private static func takeOldest(from state: inout State) -> [Entry] {
        let turns = state.strangers.map { (connection: $0.key, turn: $0.value.turn) }
        let order = turns.sorted { $0.turn < $1.turn }.map(\.connection)
        let leaving = order.prefix(max(1, state.limit / 32))
        return leaving.compactMap { state.strangers.removeValue(forKey: $0) }
    }
}
