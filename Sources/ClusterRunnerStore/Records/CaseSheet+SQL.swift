import ClusterRunnerDomain
import GRDB

extension CaseSheet {
    /// Writes the cases of a run; does nothing if the build no longer exists.
    ///
    /// Those of a run that does not count are kept until the run that counts is there, and merged with it.
    func write(to db: Database, keeping builds: Int) throws {
        guard isCounted else { return try keepForLater(in: db) }
        guard let job = try job.number(addingTo: db) else { return }
        let earlier = try takeEarlier(from: db)
        let merged = cases.merged(withEarlier: earlier)
        let counts = CaseCounts(merged)
        guard try add(counts, job: job, to: db) else { return }
        try writeRows(merged, job: job, to: db)
        if !earlier.isEmpty { try correct(counts, in: db) }
        try Self.prune(job: job, keeping: builds, in: db)
    }

    private func keepForLater(in db: Database) throws {
        try SQLStatement(Self.insertAttempt, in: db)
            .run(buildID, subjobID, atomID, run, try JSONText.encode(cases), buildID)
    }

    private func takeEarlier(from db: Database) throws -> [[TestCase]] {
        guard run > 1 else { return [] }
        let key = "FROM case_attempts WHERE build_id = ? AND subjob_id = ? AND atom_id = ?"
        let texts = try SQLStatement("SELECT cases \(key) ORDER BY run", in: db)
            .rows(buildID, subjobID, atomID) { row in try row.next(String.self) }
        guard !texts.isEmpty else { return [] }
        try SQLStatement("DELETE \(key)", in: db).run(buildID, subjobID, atomID)
        return try texts.map { try JSONText.decode(from: $0) }
    }

    /// Adds numbers to those of the build; returns whether the build exists.
    private func add(_ counts: CaseCounts, job: Int, to db: Database) throws -> Bool {
        try SQLStatement(Self.addCounts, in: db)
            .run(
                buildID,
                job,
                commit,
                reportedAt,
                counts.total,
                counts.failed,
                counts.skipped,
                counts.flaky,
                buildID
            )
        return db.changesCount > 0
    }

    private func writeRows(_ cases: [TestCase], job: Int, to db: Database) throws {
        let name = try SQLStatement(Self.insertName, in: db)
        let row = try SQLStatement(Self.insertCase, in: db)
        let failure = try SQLStatement(Self.insertFailure, in: db)
        for (position, each) in cases.enumerated() {
            let (className, file) = (each.className ?? "", each.file ?? "")
            try name.run(job, each.name, className, file)
            try row.run(
                buildID,
                subjobID,
                atomID,
                position,
                each.outcome,
                each.seconds,
                slave,
                job,
                each.name,
                className,
                file
            )
            // Number 0 is the failure that counts.
            for (number, words) in ([each.failure] + each.otherFailures).enumerated() {
                guard let words else { continue }
                try failure.run(
                    buildID,
                    subjobID,
                    atomID,
                    position,
                    number,
                    words.message,
                    words.type,
                    words.text
                )
            }
        }
    }

    /// Corrects the numbers of the atom's record, in which cases of earlier runs had no part.
    private func correct(_ counts: CaseCounts, in db: Database) throws {
        try SQLStatement("UPDATE atoms SET cases = ? WHERE build_id = ? AND subjob_id = ? AND id = ?", in: db)
            .run(try JSONText.encode(counts), buildID, subjobID, atomID)
    }

    /// Forgets the cases of builds that are neither kept nor among the newest of the job, and names without cases.
    private static func prune(job: Int, keeping builds: Int, in db: Database) throws {
        let old = """
            SELECT build_id FROM case_builds WHERE job_id = ?1
                AND build_id < (
                    SELECT build_id FROM case_builds WHERE job_id = ?1 ORDER BY build_id DESC LIMIT 1 OFFSET ?2
                )
                AND NOT EXISTS (SELECT 1 FROM builds WHERE id = build_id)
            """
        let dropped = try SQLStatement(old, in: db).rows(job, max(0, builds - 1)) { row in try row.next(BuildID.self) }
        guard !dropped.isEmpty else { return }
        for build in dropped { try SQLStatement("DELETE FROM case_builds WHERE build_id = ?", in: db).run(build) }
        let unused = "job_id = ? AND NOT EXISTS (SELECT 1 FROM cases WHERE case_id = case_names.id)"
        try SQLStatement("DELETE FROM case_names WHERE \(unused)", in: db).run(job)
    }

    private static let insertAttempt = TableColumns(
        "case_attempts",
        key: 4,
        "build_id",
        "subjob_id",
        "atom_id",
        "run",
        "cases"
    ).upsert(where: "EXISTS (SELECT 1 FROM builds WHERE id = ?)")

    private static let addCounts = """
        INSERT INTO case_builds (build_id, job_id, commit_hash, reported_at, total, failed, skipped, flaky)
        SELECT ?, ?, ?, ?, ?, ?, ?, ? WHERE EXISTS (SELECT 1 FROM builds WHERE id = ?)
        ON CONFLICT (build_id) DO UPDATE SET
            total = total + excluded.total, failed = failed + excluded.failed,
            skipped = skipped + excluded.skipped, flaky = flaky + excluded.flaky
        """

    private static let insertName = """
        INSERT INTO case_names (job_id, name, class, file) VALUES (?, ?, ?, ?)
        ON CONFLICT (job_id, name, class, file) DO NOTHING
        """

    private static let insertCase = """
        INSERT INTO cases (build_id, subjob_id, atom_id, position, outcome, seconds, slave_id, case_id)
        SELECT ?, ?, ?, ?, ?, ?, ?, id FROM case_names WHERE job_id = ? AND name = ? AND class = ? AND file = ?
        ON CONFLICT (build_id, subjob_id, atom_id, position) DO NOTHING
        """

    private static let insertFailure = TableColumns(
        "case_failures",
        key: 5,
        "build_id",
        "subjob_id",
        "atom_id",
        "position",
        "number",
        "message",
        "type",
        "text"
    ).upsert
}
