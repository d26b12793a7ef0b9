import ClusterRunnerDomain

/// One run of an atom in the list of its runs.
struct AttemptLine: Sendable {
    let number: String
    let path: String
    let isShown: Bool
    let outcome: String
    let actual: String
    let slave: String?
    let slavePath: String?
    let startedAt: TimeText?
    let note: String

    /// Lists the runs of an atom, oldest first; empty when there is only the one that counts.
    ///
    /// `shown` is the number of the run whose output is on the page.
    static func list(
        _ atom: AtomRecord,
        earlier: [AttemptRecord],
        shown: Int?,
        _ names: SlaveNames,
        now: Double
    ) -> [Self] {
        guard !earlier.isEmpty else { return [] }
        let path = DashboardPath.atom(build: atom.buildID, subjob: atom.subjobID, atom: atom.id)
        var lines = earlier.map { attempt in
            let place = QueryString().with("attempt", String(attempt.number)).after(path)
            let isShown = shown == attempt.number
            return Self(attempt, path: place, isShown: isShown, note: "does not count", names, now: now)
        }
        guard let result = atom.result else { return lines }
        let last = AttemptRecord(
            buildID: atom.buildID,
            subjobID: atom.subjobID,
            atomID: atom.id,
            number: max(atom.runs, (earlier.last?.number ?? 0) + 1),
            result: result,
            slaveID: atom.slaveID,
            executor: atom.executor,
            startedAt: atom.startedAt
        )
        let isShown = shown == nil || shown == last.number
        lines.append(Self(last, path: path, isShown: isShown, note: "counts", names, now: now))
        return lines
    }

    private init(
        _ attempt: AttemptRecord,
        path: String,
        isShown: Bool,
        note: String,
        _ names: SlaveNames,
        now: Double
    ) {
        number = String(attempt.number)
        self.path = path
        self.isShown = isShown
        let code = "exit code \(attempt.result.exitCode)"
        outcome =
            attempt.isObstructed
            ? "could not be run: \(attempt.result.cause ?? "")"
            : attempt.result.cause.map { "\(code), \($0)" } ?? code
        actual = TimeText.duration(attempt.result.seconds)
        slave = attempt.slaveID.map { names.place($0, executor: attempt.executor) }
        slavePath = attempt.slaveID.map(DashboardPath.slave)
        startedAt = attempt.startedAt.map { TimeText($0, now: now) }
        self.note = note
    }
}
