import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerScheduling
import ClusterRunnerWire

/// The running set-ups and teardowns, and the most recently ended ones.
///
/// In memory, with the end of each output, as much as the store keeps later. Ended commands stay for a while, so that
/// readers that follow them see their last output.
final class LiveCommands: Sendable {
    private struct Key: Hashable {
        let build: BuildID
        let slave: SlaveID?
        let kind: CommandRun.Kind
    }

    private struct State {
        var commands: [Key: RunningCommand] = [:]
        /// The ended commands, oldest first.
        var ended: [Key] = []
    }

    /// The maximum number of ended commands.
    private static let mostEnded = 64

    private let state = Lock(State())

    /// Appends output of a command of a slave, or of the master; returns the number of its bytes here.
    @discardableResult
    func take(_ report: CommandReport, from slave: SlaveStateMachine?, at now: Moment) -> Int {
        let key = Key(build: report.build, slave: slave?.id, kind: report.kind)
        return state.withLock { state in
            if state.commands[key]?.hasEnded != false {
                state.ended.removeAll { $0 == key }
                state.commands[key] = RunningCommand(
                    kind: report.kind,
                    command: report.command,
                    slaveID: slave?.id,
                    slaveURL: slave?.url,
                    startedAt: now.wall - report.age
                )
            }
            return state.commands[key]?.take(report.bytes, at: report.offset) ?? 0
        }
    }

    /// Ends commands of a slave, or of the master, once their result is stored.
    func end(_ runs: [CommandRun], build: BuildID, slave: SlaveID?) {
        guard !runs.isEmpty else { return }
        state.withLock { state in
            for run in runs {
                let key = Key(build: build, slave: slave, kind: run.kind)
                guard state.commands[key]?.hasEnded == false else { continue }
                state.commands[key]?.complete(with: run.output)
                state.commands[key]?.hasEnded = true
                state.commands[key]?.exitCode = run.exitCode
                state.ended.append(key)
            }
            for key in state.ended.prefix(max(0, state.ended.count - Self.mostEnded)) { state.commands[key] = nil }
            state.ended.removeFirst(max(0, state.ended.count - Self.mostEnded))
        }
    }

    /// Forgets the commands of a slave that is gone, because their outcome is unknown.
    func drop(slave: SlaveID) {
        state.withLock { state in
            state.commands = state.commands.filter { $0.key.slave != slave }
            state.ended.removeAll { $0.slave == slave }
        }
    }

    /// Returns the commands of a build, in the order in which they began.
    func commands(of build: BuildID) -> [RunningCommand] {
        state.withLock { state in
            state.commands.filter { $0.key.build == build }.map(\.value)
        }.sorted { ($0.startedAt, $0.slaveID ?? 0) < ($1.startedAt, $1.slaveID ?? 0) }
    }
}
