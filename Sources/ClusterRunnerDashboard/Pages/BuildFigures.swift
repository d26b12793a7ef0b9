package import ClusterRunnerDomain
import ClusterRunnerPlugin

/// The live data of an unfinished build.
package struct BuildLive: Sendable {
    let waitingFor: String?
    /// The reason for waiting, except for atoms that run.
    let hindrance: String?
    let outlook: BuildOutlook?
    let running: [AtomInProgress]

    /// Creates the data from the reason for waiting, the part of it that is no running atom, the outlook, and the atoms
    /// that have run longest.
    package init(
        waitingFor: String?,
        hindrance: String? = nil,
        outlook: BuildOutlook?,
        running: [AtomInProgress] = []
    ) {
        self.waitingFor = waitingFor
        self.hindrance = hindrance
        self.outlook = outlook
        self.running = running
    }
}

/// The progress of a build, as a bar and in words.
struct ProgressFigures: Sendable {
    let isKnown: Bool
    let done: String
    let total: String
    let percent: String
    let failed: String?
    let flaky: String?
    let running: String?
    /// The parts of the bar, in thousandths of its length.
    let passedWidth: Int
    let failedStart: Int
    let failedWidth: Int
    let description: String

    init(_ build: BuildRecord, _ live: BuildLive?) {
        let progress = build.progress
        let atoms = progress.atoms ?? 0
        isKnown = progress.atoms != nil
        done = grouped(progress.completedAtoms)
        total = grouped(atoms)
        let thousandths = atoms == 0 ? 0 : min(1000, progress.completedAtoms * 1000 / atoms)
        // A failure among 100,000 atoms must still be visible.
        let failing = progress.failedAtoms == 0 ? 0 : max(8, progress.failedAtoms * 1000 / max(1, atoms))
        failedWidth = min(failing, max(thousandths, 8))
        passedWidth = max(0, thousandths - failedWidth)
        failedStart = passedWidth
        percent = "\(thousandths / 10)"
        failed = progress.failedAtoms == 0 ? nil : grouped(progress.failedAtoms)
        flaky = progress.flakyAtoms == 0 ? nil : grouped(progress.flakyAtoms)
        running = live?.outlook.flatMap { $0.running == 0 ? nil : grouped($0.running) }
        description = "\(progress.completedAtoms) of \(atoms) atoms are done, \(progress.failedAtoms) of them failed"
    }
}

extension BuildRecord {
    /// The project for display: its id or, before that is known, the request's own words.
    var projectText: String {
        projectID ?? parameters.values["project_directory"]?.string ?? projectType
    }

    /// The time of the request.
    var queuedAt: Double? { timestamps[.queued] }

    /// The time of the end.
    var endedAt: Double? { timestamps[.finished] ?? timestamps[.error] ?? timestamps[.canceled] }

    /// Returns the age of the build, or its duration once it has ended; in whole seconds while it is unfinished.
    func age(at now: Double) -> String? {
        queuedAt.map { queuedAt in
            endedAt.map { TimeText.duration($0 - queuedAt) } ?? TimeText.estimate(now - queuedAt)
        }
    }
}
