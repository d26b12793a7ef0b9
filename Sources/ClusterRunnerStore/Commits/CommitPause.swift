import Dispatch

/// The pause before the retry of a transaction that the file refused.
struct CommitPause: Sendable {
    /// Begins the pause and calls `then` after it, on any thread.
    let begin: @Sendable (_ then: @escaping @Sendable () -> Void) -> Void

    /// A quarter of a second of the system's clock.
    ///
    /// The system does not signal that a disk has space or works again, and a failed transaction costs next to nothing.
    static let system = Self { then in
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(250), execute: then)
    }
}
