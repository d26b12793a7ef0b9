import ClusterRunnerCore
import Synchronization

/// A slave's part in one build, from its set-up to its teardown.
final class BuildSession: Sendable {
    /// What the master said of the build.
    let setup: BuildSetup
    /// The work that the master handed out.
    let queue = WorkQueue()
    /// Ends whatever runs for the build, less its teardown.
    let killSwitch = CancellationSwitch()

    private let over = Atomic(false)

    init(setup: BuildSetup) {
        self.setup = setup
    }

    /// Whether the master is being told that the session is over: what it says of the build from now on is meant for
    /// another one.
    var isOver: Bool { over.load(ordering: .acquiring) }

    /// The teardown is done.
    func end() {
        over.store(true, ordering: .releasing)
    }

    /// The build needs the slave no more: what runs is finished, nothing new begins.
    func finish() {
        queue.close()
    }

    /// Kills whatever runs for the build.
    func cancel() {
        queue.close()
        killSwitch.cancel()
    }
}
