import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin

/// One atom of a list.
struct AtomLine: Sendable {
    let subjob: SubjobID
    let id: AtomIndex
    let name: String
    let path: String
    let badge: Badge
    let cause: String?
    let notes: [String]
    let hasNotes: Bool
    let exitCode: String?
    let expected: String?
    let actual: String?
    let attempts: String
    let isRepeated: Bool
    let slave: String?
    let slavePath: String?
    let startedAt: TimeText?

    init(_ found: FoundAtom, _ names: SlaveNames, now: Double) {
        let atom = found.record
        subjob = atom.subjobID
        id = atom.id
        name = atom.atom.title
        path = DashboardPath.atom(build: atom.buildID, subjob: atom.subjobID, atom: atom.id)
        badge = Badge(atom, isHeld: found.isHeld)
        cause = atom.result?.cause
        notes = atom.result?.notes ?? []
        hasNotes = !notes.isEmpty
        exitCode = atom.result.map { String($0.exitCode) }
        expected = atom.expectedTime.map(TimeText.duration)
        actual = atom.result.map { TimeText.duration($0.seconds) }
        attempts = String(atom.attempts)
        isRepeated = atom.attempts > 1
        slave = atom.slaveID.map { names.place($0, executor: atom.executor) }
        slavePath = atom.slaveID.map(DashboardPath.slave)
        startedAt = atom.startedAt.map { TimeText($0, now: now) }
    }
}
