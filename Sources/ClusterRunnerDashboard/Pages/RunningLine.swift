import ClusterRunnerDomain
import ClusterRunnerJobFile

/// An atom that runs now, with its elapsed and its expected time.
struct RunningLine: Sendable {
    let subjob: SubjobID
    let id: AtomIndex
    let name: String
    let path: String
    let slaveID: SlaveID
    let slave: String
    let slavePath: String
    let elapsed: String
    let expected: String?
    /// The elapsed part of the expected time, in thousandths; nil without an expected time.
    let width: Int?
    let isLate: Bool
    let description: String

    init(_ atom: AtomInProgress, of build: BuildID) {
        subjob = atom.subjob
        id = atom.id
        name = atom.atom.title
        path = DashboardPath.atom(build: build, subjob: atom.subjob, atom: atom.id)
        slaveID = atom.slave
        slave = atom.slaveName ?? "slave \(atom.slave)"
        slavePath = DashboardPath.slave(atom.slave)
        elapsed = TimeText.estimate(atom.seconds)
        expected = atom.expected.map(TimeText.duration)
        width = atom.expected.map { $0 <= 0 ? 1000 : Int(min(1, atom.seconds / $0) * 1000) }
        isLate = atom.expected.map { atom.seconds > $0 * Self.lateFactor + Self.lateSeconds } ?? false
        description = "\(elapsed) of \(expected ?? "an unknown time") expected"
    }

    // Shorter delays are usual.
    private static let lateFactor = 1.5
    private static let lateSeconds = 5.0
}
