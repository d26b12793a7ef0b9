import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import Foundation

/// Runs of several atoms in one process.
extension AtomRun {
    /// What is known after the run of a batch.
    struct BatchOutcome {
        var finished: [FinishedAtom]
        /// The atoms that must run again, each alone.
        var unknown: [GrantedAtom] = []
    }

    /// Runs an atom, or all atoms of a batch in one process.
    func runAll(_ task: QueuedAtom) async -> BatchOutcome {
        let whole = await run(task)
        guard !task.companions.isEmpty else { return BatchOutcome(finished: [whole]) }
        return divide(whole, task)
    }

    /// Divides the run of a batch into the results of its atoms.
    ///
    /// Output and artifacts are those of one atom, the first that failed, or the first of all.
    private func divide(_ whole: FinishedAtom, _ task: QueuedAtom) -> BatchOutcome {
        let members = task.members
        let verdict = verdict(whole, members)
        guard let holder = verdict.members.first(where: \.isFailed) ?? verdict.members.first else {
            if whole.hasFiles { folders.trash.discard(whole.directory) }
            return BatchOutcome(finished: [], unknown: members)
        }
        let part = BatchPart(whole: whole, task: task, holder: members[holder.place])
        var begin = whole.begin
        let finished = verdict.members.map { member in
            defer { begin = begin.map { $0 + .seconds(member.seconds) } }
            return part.finished(member, members[member.place], begin: begin, movedTo: directory(of: holder, task))
        }
        if whole.hasFiles { move(whole.directory, to: directory(of: holder, task)) }
        return BatchOutcome(finished: finished, unknown: verdict.unknown.map { members[$0] })
    }

    private func verdict(_ whole: FinishedAtom, _ members: [GrantedAtom]) -> BatchVerdict {
        // An obstacle of one atom is none of the others; alone, each has its own.
        let obstacle = whole.report.obstacle.map { AtomResult(exitCode: 1, seconds: 0, cause: $0.reason) }
        let owners = CaseOwners(members.map(\.atom), projectDirectory: projectDirectory)
        return BatchVerdict(
            obstacle ?? whole.report.result,
            of: members.count,
            cases: whole.report.cases,
            owner: owners.owner
        )
    }

    private func directory(of holder: BatchVerdict.Member, _ task: QueuedAtom) -> String {
        let atom = task.members[holder.place].id
        return folders.artifacts(of: setup.build, lease: task.lease, subjob: task.subjob, atom: atom)
    }

    /// Gives the files of a batch to the atom that holds them.
    private func move(_ directory: String, to place: String) {
        // Both are in one folder of the slave; if it is gone, packing says so.
        if directory != place { _ = rename(directory, place) }
    }
}

/// The maker of the results of a batch's atoms.
private struct BatchPart {
    let whole: FinishedAtom
    let task: QueuedAtom
    /// The atom with the output and the artifacts of the batch.
    let holder: GrantedAtom

    func finished(
        _ member: BatchVerdict.Member,
        _ atom: GrantedAtom,
        begin: Duration?,
        movedTo directory: String
    ) -> FinishedAtom {
        let report = AtomReport(
            lease: task.lease,
            subjob: task.subjob,
            atom: atom.id,
            executor: whole.report.executor,
            result: result(member, isHolder: atom.id == holder.id),
            cases: member.cases
        )
        return FinishedAtom(report: report, directory: directory, ranWith: whole.ranWith, begin: begin)
    }

    private func result(_ member: BatchVerdict.Member, isHolder: Bool) -> AtomResult {
        let counts = member.cases.map(CaseCounts.init)
        let isDisagreement = member.isFailed && whole.report.result.exitCode == 0
        var result = AtomResult(
            exitCode: member.isFailed ? whole.report.result.exitCode : 0,
            seconds: member.seconds,
            cause: isDisagreement ? AtomResult.disagreement(failed: counts?.failed ?? 1) : nil,
            console: isHolder ? whole.report.result.console : .inline([UInt8](reference.utf8)),
            cases: counts
        )
        guard isHolder else { return result }
        result.hasArtifacts = whole.report.result.hasArtifacts
        result.notes = whole.report.result.notes
        return result
    }

    /// The line in place of the output of an atom that does not hold it.
    private var reference: String {
        let name = SlaveFolders.artifactName(subjob: task.subjob, atom: holder.id)
        return "[ClusterRunner: \(task.members.count) atoms ran in one process. Its output and artifacts are in "
            + "\(name), with \(holder.atom.title).]\n"
    }
}
