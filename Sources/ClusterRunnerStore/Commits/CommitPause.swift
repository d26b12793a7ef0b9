import Dispatch

/// The pause before a transaction that the file did not take is tried again.
struct CommitPause: Sendable {
    /// Calls back when the pause is over, on whatever thread.
    let begin: @Sendable (_ then: @escaping @Sendable () -> Void) -> Void

    /// A quarter of a second of the system's clock.
    ///
    /// The system tells nobody when a disk has room or works again, and a transaction that fails costs next to nothing.
    static let system = Self { then in
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(250), execute: then)
    }
}
