import ClusterRunnerConcurrency
import ClusterRunnerDomain

/// The commands of a build that are no atoms, until the master knows what came of them.
final class CommandNotes: Sendable {
    private let notes = Lock<[(run: CommandRun, begin: Duration)]>([])

    /// Notes a command that began at an uptime and has ended.
    func add(_ run: CommandRun, begin: Duration) {
        notes.withLock { $0.append((run, begin)) }
    }

    /// Whether there is one of a kind that the master does not know.
    func contains(_ kind: CommandRun.Kind) -> Bool {
        notes.withLock { notes in notes.contains { $0.run.kind == kind } }
    }

    /// What the master does not know yet, as it is sent at an uptime.
    func all(at uptime: Duration) -> [CommandRun] {
        notes.withLock { $0 }.map { run, begin in
            var run = run
            run.age = max(.zero, uptime - begin).inMilliseconds
            return run
        }
    }

    /// The master knows all of it.
    func clear() {
        notes.withLock { $0 = [] }
    }
}
