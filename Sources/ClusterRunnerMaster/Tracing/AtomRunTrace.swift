import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin

/// A run of an atom that has ended, for its span.
struct AtomRunTrace: Sendable {
    let subjob: SubjobID
    let atom: AtomIndex
    /// Its number among the runs of the atom, from 1.
    let number: Int
    /// The variable and its value; nil when only its place is known.
    let name: String?
    let result: AtomResult
    /// The obstacle that the run met; nil without one.
    let obstacle: String?
    /// Whether its result is that of the atom.
    let isFinal: Bool
    let slave: SlaveID?
    let executor: Int?
    /// The start, in seconds since 1970.
    let startedAt: Double

    /// The result by OpenTelemetry's conventions.
    var outcome: String {
        if obstacle != nil { return "error" }
        return result.cause == "timeout" ? "timeout" : result.isFailure ? "failure" : "success"
    }
}

extension AtomRunTrace {
    /// The run that gave an atom its result; nil without one, as after the loss of slaves.
    init?(_ record: AtomRecord) {
        guard record.state == .completed, let result = record.result, let startedAt = record.startedAt else {
            return nil
        }
        self.init(
            subjob: record.subjobID,
            atom: record.id,
            number: record.runs,
            name: record.atom.traceName,
            result: result,
            obstacle: nil,
            isFinal: true,
            slave: record.slaveID,
            executor: record.executor,
            startedAt: startedAt
        )
    }

    /// A run that does not count.
    init(_ record: AttemptRecord, name: String?) {
        self.init(
            subjob: record.subjobID,
            atom: record.atomID,
            number: record.number,
            name: name,
            result: record.result,
            obstacle: record.isObstructed ? record.result.cause ?? "" : nil,
            isFinal: false,
            slave: record.slaveID,
            executor: record.executor,
            startedAt: record.startedAt ?? 0
        )
    }
}

extension Atom {
    /// The atom in a span: its variable and the beginning of its value.
    var traceName: String { String("\(variable)=\(value.escaped)".prefix(1_024)) }
}
