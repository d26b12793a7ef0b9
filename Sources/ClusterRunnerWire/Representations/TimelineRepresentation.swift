package import ClusterRunnerDomain
import ClusterRunnerJobFile
package import ClusterRunnerPlugin

/// The form of a build's timeline in answers.
package enum TimelineRepresentation {
    /// Returns the members of an answer; `now` is the time at the master.
    package static func members(_ timeline: BuildTimeline, now: Double) -> [String: JSONValue] {
        [
            "start": .number(timeline.start),
            "end": timeline.end.map(JSONValue.number) ?? .null,
            "now": .number(now),
            "executors": .array(timeline.executors.map(executor)),
        ]
    }

    private static func executor(_ executor: BuildTimeline.Executor) -> JSONValue {
        [
            "slave_id": .integer(executor.slave),
            "slave_url": executor.url.map(JSONValue.string) ?? .null,
            "executor": .integer(executor.index),
            "spans": .array(executor.spans.map(span)),
        ]
    }

    private static func span(_ span: TimelineSpan) -> JSONValue {
        var members: [String: JSONValue] = [
            "start": .number(span.start), "end": span.end.map(JSONValue.number) ?? .null,
        ]
        switch span.content {
        case .setup(let succeeded):
            members["kind"] = "setup"
            members["state"] = succeeded ? "passed" : "failed"
        case .teardown(let succeeded):
            members["kind"] = "teardown"
            members["state"] = succeeded ? "passed" : "failed"
        case .atom(let subjob, let id, let name, let status):
            members["kind"] = "atom"
            members["subjob"] = .integer(subjob)
            members["atom"] = .integer(id)
            members["name"] = .string(name)
            members["state"] = .string(status.rawValue)
        case .atoms(let count, let failed):
            members["kind"] = "atoms"
            members["count"] = .integer(count)
            members["failed"] = .integer(failed)
        }
        return .object(members)
    }
}

/// The form of a job's history in answers.
package enum HistoryRepresentation {
    /// Returns the members of an answer about one job.
    package static func members(_ history: JobHistory) -> [String: JSONValue] {
        [
            "builds": .array(history.builds.map(build)),
            "counted_builds": .integer(history.countedBuilds),
            "slowest_atoms": .array(history.slowest.map(atom)),
            "flakiest_atoms": .array(history.flakiest.map(atom)),
        ]
    }

    /// Represents a job in a list.
    package static func job(_ job: JobSummary) -> JSONValue {
        [
            "project": .string(job.name.project), "job": .string(job.name.job), "num_builds": .integer(job.builds),
            "newest_build_id": .integer(job.newest.id),
        ]
    }

    private static func build(_ build: BuildRecord) -> JSONValue {
        let times = build.timestamps
        let end = times[.finished] ?? times[.error] ?? times[.canceled]
        return [
            "id": .integer(build.id),
            "state": .string(build.state.rawValue),
            "result": build.result.map { .string($0.rawValue) } ?? .null,
            "requested_at": times[.queued].map(JSONValue.number) ?? .null,
            "ended_at": end.map(JSONValue.number) ?? .null,
            "duration": build.duration.map(JSONValue.number) ?? .null,
            "num_atoms": build.progress.atoms.map(JSONValue.integer) ?? .null,
            "num_failed": .integer(build.progress.failedAtoms),
            "num_flaky": .integer(build.progress.flakyAtoms),
        ]
    }

    private static func atom(_ atom: AtomHistory) -> JSONValue {
        AtomRepresentation.withBytes(
            of: atom.atom,
            [
                "variable": .string(atom.atom.variable), "value": .string(atom.atom.value.escaped),
                "num_runs": .integer(atom.runs), "num_failed": .integer(atom.failed), "num_flaky": .integer(atom.flaky),
                "mean_time": .number(atom.mean), "newest_time": .number(atom.latest), "build_id": .integer(atom.build),
                "subjob_id": .integer(atom.subjob), "atom_id": .integer(atom.id),
            ]
        )
    }
}
