import ClusterRunnerConcurrency
package import Foundation

/// Held while a process is started.
private let starts = Lock(())

extension Process {
    /// Starts the process while no other one is started.
    ///
    /// Foundation learns of the end of a process by a socket whose other end its child inherits. A child that another
    /// thread starts at the same moment may inherit it too, and then `waitUntilExit` waits for the end of both.
    package func start() throws {
        try starts.withLock { _ in try run() }
    }
}
