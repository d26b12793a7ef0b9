import ClusterRunnerConcurrency

/// A locked file, kept open until the lock is released.
///
/// The system releases it when the process ends in any way.
package final class HeldLock: Sendable {
    private let file: Lock<OpenFile?>

    /// Takes over a file whose lock is held.
    package init(_ file: consuming OpenFile) {
        self.file = Lock(file)
    }

    /// Whether the lock is still held.
    package var isHeld: Bool {
        file.withLock { file in
            switch file {
            case .some: true
            case .none: false
            }
        }
    }

    /// Calls `body` with the file, unless the lock was released.
    package func withFile(_ body: (borrowing OpenFile) -> Void) {
        file.withLock { file in
            guard let open = file.take() else { return }
            body(open)
            file = consume open
        }
    }

    /// Releases the lock, after a last action under it; a second call does nothing.
    package func release(after last: () -> Void = {}) {
        file.withLock { file in
            guard let open = file.take() else { return }
            last()
            open.unlock()
        }
    }

    /// Keeps the lock until the process ends, beyond the life of this object.
    package func keepForever() {
        file.withLock { file in
            guard let open = file.take() else { return }
            _ = open.relinquish()
        }
    }
}
