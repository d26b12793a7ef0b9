import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerWire

/// The progress of builds, read once for all streams of events and sent when it changes.
final class ProgressBoard: Sendable {
    private struct Entry {
        /// Grows with each change of any build.
        var revision: Int
        var event: BuildProgressEvent
        /// The looks for which an ended build is still shown; nil while it is unfinished.
        var looksLeft: Int?
    }

    private struct State {
        var revision = 0
        var entries: [BuildID: Entry] = [:]

        mutating func show(_ event: BuildProgressEvent, looksLeft: Int?) {
            let old = entries[event.build]
            guard old?.event != event || old?.looksLeft != looksLeft else { return }
            if old?.event != event { revision += 1 }
            entries[event.build] = Entry(revision: revision, event: event, looksLeft: looksLeft)
        }
    }

    private let state = Lock(State())

    /// The looks for which the end of a build is shown; a slower reader gets it as an event.
    private static let looksAfterEnd = 10

    /// Updates the unfinished builds.
    ///
    /// - Returns: The builds that were unfinished before and are not now.
    func update(_ builds: [LiveBuild]) -> [BuildID] {
        let events = builds.map { Self.event($0.record, $0) }
        return state.withLock { state in
            for (build, entry) in state.entries {
                guard let left = entry.looksLeft else { continue }
                state.entries[build]?.looksLeft = left - 1
                if left <= 1 { state.entries[build] = nil }
            }
            for event in events { state.show(event, looksLeft: nil) }
            let unfinished = Set(events.map(\.build))
            return state.entries.filter { $0.value.looksLeft == nil && !unfinished.contains($0.key) }.keys.sorted()
        }
    }

    /// Records the outcome of a build that has ended; nil removes it.
    func end(_ build: BuildID, _ record: BuildRecord?) {
        let event = record.map { Self.event($0, nil) }
        state.withLock { state in
            guard let event else { return state.entries[build] = nil }
            state.show(event, looksLeft: Self.looksAfterEnd)
        }
    }

    /// Returns the changes after a revision, of one build or of all, as Server-Sent Events, and the current revision.
    func frames(after revision: Int, build: BuildID?) throws -> (bytes: [UInt8], revision: Int) {
        let (news, newest) = state.withLock { state in
            (state.entries.filter { $0.value.revision > revision }, state.revision)
        }
        let shown = news.filter { build == nil || $0.key == build }.sorted { $0.key < $1.key }
        let bytes = try shown.flatMap { _, entry in
            try EventFrames.frame(entry.event)
        }
        return (bytes, newest)
    }

    private static func event(_ record: BuildRecord, _ live: LiveBuild?) -> BuildProgressEvent {
        BuildProgressEvent(
            build: record.id,
            progress: ProgressRepresentation(record, live?.outlook),
            waitingFor: live?.waitingFor
        )
    }
}
