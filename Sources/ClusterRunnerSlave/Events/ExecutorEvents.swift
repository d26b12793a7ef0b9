import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin

/// The events of one executor while it works for a build.
///
/// Several executors may share a subjob: each one's share begins and ends.
struct ExecutorEvents {
    let events: SlaveEvents
    let build: BuildID
    let job: String
    let executor: Int
    private var task: QueuedAtom?

    init(events: SlaveEvents, setup: BuildSetup, executor: Int) {
        self.events = events
        build = setup.build
        job = setup.job.name
        self.executor = executor
    }

    /// Records that the executor takes an atom, which may be the first of another subjob.
    mutating func takes(_ next: QueuedAtom) {
        guard next.lease != task?.lease else { return task = next }
        endSubjob()
        task = next
        events.record(.subjobExecutionStart, data(of: next))
    }

    /// Records that the executor has no further atom of its subjob.
    mutating func endSubjob() {
        guard let task else { return }
        events.record(.subjobExecutionFinish, data(of: task))
        self.task = nil
    }

    /// Records that an atom begins.
    func begins(_ task: QueuedAtom) {
        for atom in task.members { events.record(.atomStart, atomData(of: task, atom.id)) }
    }

    /// Records that an atom has ended.
    func ends(_ task: QueuedAtom, _ report: AtomReport) {
        var data = atomData(of: task, report.atom)
        if let obstacle = report.obstacle {
            data["reason"] = .string(obstacle.reason)
            return events.record(.atomObstructed, data)
        }
        data["exit_code"] = .integer(report.result.exitCode)
        if let cause = report.result.cause { data["cause"] = .string(cause) }
        events.record(.atomFinish, data)
    }

    private func data(of task: QueuedAtom) -> [String: JSONValue] {
        ["build_id": .integer(build), "subjob_id": .integer(task.subjob), "executor_id": .integer(executor)]
    }

    private func atomData(of task: QueuedAtom, _ atom: AtomIndex) -> [String: JSONValue] {
        data(of: task).merging(["atom_id": .integer(atom), "job_name": .string(job)]) { $1 }
    }
}
