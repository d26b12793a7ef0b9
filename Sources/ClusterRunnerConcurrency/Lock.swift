#if !THREAD_SANITIZER
    package import Synchronization
#endif

/// A value that is reached under a lock only.
///
/// This is the `Mutex` of the standard library, at the same cost. ThreadSanitizer does not see that lock and reports
/// its value as a race, so `make tsan` replaces it under this name by one that it sees.
package struct Lock<Value: ~Copyable>: ~Copyable, Sendable {
    @usableFromInline let mutex: Mutex<Value>

    /// Creates a lock around a value.
    @inlinable package init(_ value: consuming sending Value) {
        mutex = Mutex(value)
    }

    /// Calls `body` with exclusive access to the value.
    @inlinable package borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        try mutex.withLock(body)
    }
}
