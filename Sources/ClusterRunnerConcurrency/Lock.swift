#if !THREAD_SANITIZER
    package import Synchronization
#endif

/// A value that is reached under a lock only.
///
/// It is the `Mutex` of the standard library, at the same cost. ThreadSanitizer does not see that one lock, and takes
/// whatever it guards for a race; under this name `make tsan` puts one in its place that it sees.
package struct Lock<Value: ~Copyable>: ~Copyable, Sendable {
    @usableFromInline let mutex: Mutex<Value>

    /// Creates a lock around a value.
    @inlinable package init(_ value: consuming sending Value) {
        mutex = Mutex(value)
    }

    /// Calls `body` with the value while nobody else has it.
    @inlinable package borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        try mutex.withLock(body)
    }
}
