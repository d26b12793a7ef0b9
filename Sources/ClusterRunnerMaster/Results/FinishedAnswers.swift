import ClusterRunnerConcurrency
import ClusterRunnerWire
import NIOCore

/// The answers about builds that have ended, ready to be sent: nothing in them changes any more.
///
/// Dashboards and scripts read the same few builds again and again. Only the removal of a build makes an answer wrong.
final class FinishedAnswers: Sendable {
    private struct Key: Hashable {
        let build: Int
        let version: APIVersion
    }

    private struct State {
        var answers: [Key: ByteBuffer] = [:]
        var size = 0
        var removals = 0
    }

    private let state = Lock(State())
    private let sizeLimit: Int

    /// Creates an empty store for at most so many bytes.
    init(sizeLimit: Int = 8 << 20) {
        self.sizeLimit = sizeLimit
    }

    /// What was seen before a build was read, so that an answer is not kept of one that is removed meanwhile.
    struct Ticket: Equatable {
        fileprivate let removals: Int
    }

    /// The kept answer; nil, with a ticket for ``keep(_:about:_:_:)``, when there is none.
    func answer(about build: Int, _ version: APIVersion) -> (bytes: ByteBuffer?, ticket: Ticket) {
        state.withLock { ($0.answers[Key(build: build, version: version)], Ticket(removals: $0.removals)) }
    }

    /// Keeps an answer, unless a build was removed since the ticket was drawn.
    ///
    /// When there is no room, all others are dropped: those that are read come back.
    func keep(_ bytes: ByteBuffer, about build: Int, _ version: APIVersion, _ ticket: Ticket) {
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

    /// Forgets the answers about a build that is removed; called once it is gone from the store.
    func forget(build: Int) {
        state.withLock { state in
            state.removals += 1
            for version in APIVersion.allCases {
                guard let old = state.answers.removeValue(forKey: Key(build: build, version: version)) else { continue }
                state.size -= old.readableBytes
            }
        }
    }
}
