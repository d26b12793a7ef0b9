import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerScheduling
import ClusterRunnerWire

/// The set-ups and teardowns that run, and the last that have ended.
///
/// In memory: of each the end of its output, as much as is stored of it afterwards. Commands that have ended stay for a
/// while, so that readers who follow them see their last words.
final class LiveCommands: Sendable {
    private struct Key: Hashable {
        let build: Int
        let slave: Int
        let kind: CommandRun.Kind
    }

    private struct State {
        var commands: [Key: RunningCommand] = [:]
        /// Those that have ended, the oldest first.
        var ended: [Key] = []
    }

    /// How many of those that have ended are kept.
    private static let mostEnded = 64

    private let state = Lock(State())

    /// Takes output of a command; returns how many bytes of it are here.
    func take(_ report: CommandReport, from slave: SlaveStateMachine, at now: Moment) -> Int {
        let key = Key(build: report.build, slave: slave.id, kind: report.kind)
        return state.withLock { state in
            if state.commands[key]?.hasEnded != false {
                state.ended.removeAll { $0 == key }
                state.commands[key] = RunningCommand(
                    kind: report.kind,
                    command: report.command,
                    slaveID: slave.id,
                    slaveURL: slave.url,
                    startedAt: now.wall - report.age
                )
            }
            return state.commands[key]?.take(report.bytes, at: report.offset) ?? 0
        }
    }

    /// The result of commands of a slave is stored.
    func end(_ runs: [CommandRun], build: Int, slave: Int) {
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

    /// A slave is gone: nobody knows what came of its commands.
    func drop(slave: Int) {
        state.withLock { state in
            state.commands = state.commands.filter { $0.key.slave != slave }
            state.ended.removeAll { $0.slave == slave }
        }
    }

    /// The commands of a build, those that began first first.
    func commands(of build: Int) -> [RunningCommand] {
        state.withLock { state in
            state.commands.filter { $0.key.build == build }.map(\.value)
        }.sorted { ($0.startedAt, $0.slaveID) < ($1.startedAt, $1.slaveID) }
    }
}
