import ClusterRunnerConcurrency
import Dispatch

/// The wait for the holder of a file's lock to release it.
struct FileLockWait: ~Copyable {
    private let file: OpenFile

    /// Creates the wait for the lock of a file.
    init(file: consuming OpenFile) {
        self.file = file
    }

    /// Whether the lock was released before the deadline.
    consuming func isReleased(within deadline: Duration, clock: any Clock<Duration>) async -> Bool {
        let answer = Answer()
        watch(answer)
        return await withTaskGroup { group in
            group.addTask { await answer.value }
            group.addTask {
                try? await clock.sleep(for: deadline)
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
    }

    /// Blocks a separate thread of the system's queue on the lock.
    ///
    /// After the deadline the thread stays blocked until the holder or this process ends, because nothing can wake it
    /// earlier. It blocks no other work.
    private consuming func watch(_ answer: Answer) {
        let descriptor = file.relinquish()
        DispatchQueue(label: "clusterrunner.file-lock").async {
            let file = OpenFile(owning: descriptor)
            answer.give((try? file.lock(.shared)) != nil)
        }
    }
}

/// An answer given by one thread and awaited by one task, unless the task is canceled.
private final class Answer: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<Bool, Never>)
        case given(Bool)
    }

    private let state = Lock(State.open)

    /// The answer; false when the task is canceled first.
    var value: Bool {
        get async {
            await withTaskCancellationHandler {
                await withCheckedContinuation { wait($0) }
            } onCancel: {
                give(false)
            }
        }
    }

    /// Gives the answer; only the first call counts.
    func give(_ value: Bool) {
        let waiting: CheckedContinuation<Bool, Never>? = state.withLock { state in
            switch state {
            case .given: return nil
            case .open:
                state = .given(value)
                return nil
            case .awaited(let continuation):
                state = .given(value)
                return continuation
            }
        }
        waiting?.resume(returning: value)
    }

    private func wait(_ continuation: CheckedContinuation<Bool, Never>) {
        let value: Bool? = state.withLock { state in
            guard case .given(let value) = state else {
                state = .awaited(continuation)
                return nil
            }
            return value
        }
        if let value { continuation.resume(returning: value) }
    }
}
