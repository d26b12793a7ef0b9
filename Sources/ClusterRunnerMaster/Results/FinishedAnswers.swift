import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerWire
import NIOCore

/// A cache of answers about ended builds, which no longer change.
///
/// Dashboards and scripts read the same few builds again and again. Only the removal of a build invalidates an answer.
final class FinishedAnswers: Sendable {
    private struct Key: Hashable {
        let build: BuildID
        let version: APIVersion
    }

    private struct State {
        var answers: [Key: ByteBuffer] = [:]
        var size = 0
        var removals = 0
    }

    private let state = Lock(State())
    private let sizeLimit: Int

    /// Creates an empty cache of at most `sizeLimit` bytes.
    init(sizeLimit: Int = 8 << 20) {
        self.sizeLimit = sizeLimit
    }

    /// The state of the cache before a build is read, so that no answer about a removed build is kept.
    struct Ticket: Equatable {
        fileprivate let removals: Int
    }

    /// Returns the kept answer, or nil, and a ticket for ``keep(_:about:_:_:)``.
    func answer(about build: BuildID, _ version: APIVersion) -> (bytes: ByteBuffer?, ticket: Ticket) {
        state.withLock { ($0.answers[Key(build: build, version: version)], Ticket(removals: $0.removals)) }
    }

    /// Keeps an answer unless a build was removed since its ticket.
    ///
    /// A full cache is emptied first: answers that are read come back.
    func keep(_ bytes: ByteBuffer, about build: BuildID, _ version: APIVersion, _ ticket: Ticket) {
        let count = bytes.readableBytes
        guard count <= sizeLimit else { return }
        state.withLock { state in
            guard state.removals == ticket.removals else { return }
            if state.size + count > sizeLimit {
                state.answers = [:]
                state.size = 0
            }
            let old = state.answers.updateValue(bytes, forKey: Key(build: build, version: version))
            state.size += count - (old?.readableBytes ?? 0)
        }
    }

    /// Forgets the answers about a removed build; called once it is gone from the store.
    func forget(build: BuildID) {
        state.withLock { state in
            state.removals += 1
            for version in APIVersion.allCases {
                guard let old = state.answers.removeValue(forKey: Key(build: build, version: version)) else { continue }
                state.size -= old.readableBytes
            }
        }
    }
}
