import ClusterRunnerConcurrency
import ClusterRunnerDomain

/// The ended commands of a build, other than atoms, that the master does not know yet.
final class CommandNotes: Sendable {
    private let notes = Lock<[(run: CommandRun, begin: Duration)]>([])

    /// Adds an ended command that began at an uptime.
    func add(_ run: CommandRun, begin: Duration) {
        notes.withLock { $0.append((run, begin)) }
    }

    /// Whether it contains a command of a kind.
    func contains(_ kind: CommandRun.Kind) -> Bool {
        notes.withLock { notes in notes.contains { $0.run.kind == kind } }
    }

    /// Returns all of them, as they are sent at an uptime.
    func all(at uptime: Duration) -> [CommandRun] {
        notes.withLock { $0 }.map { run, begin in
            var run = run
            run.age = max(.zero, uptime - begin).inMilliseconds
            return run
        }
    }

    /// Removes all of them, once the master knows them.
    func clear() {
        notes.withLock { $0 = [] }
    }
}
