import ClusterRunnerDomain
import GRDB

extension CaseHistory {
    /// Reads a case with its runs in the newest builds of its job.
    static func read(_ id: CaseID, limit: Int, from db: Database) throws -> Self? {
        let names = try SQLStatement(selectName, in: db).rows(id) { row in
            let job = JobName(project: try row.next(), job: try row.next())
            return (job, try row.next(String.self), try row.next(String.self), try row.next(String.self))
        }
        guard let (job, name, className, file) = names.first else { return nil }
        let runs = try SQLStatement(selectRuns, in: db).rows(id, max(0, limit)) { row in try CaseRun(&row) }
        return Self(
            id: id,
            job: job,
            name: name,
            className: className.isEmpty ? nil : className,
            file: file.isEmpty ? nil : file,
            runs: runs
        )
    }

    private static let selectName = """
        SELECT project_id, job_name, name, class, file
        FROM case_names JOIN timed_jobs ON timed_jobs.id = job_id WHERE case_names.id = ?
        """

    // With max(), SQLite takes the other columns from the row that has the maximum.
    private static let selectRuns = """
        SELECT build_id, subjob_id, atom_id, max(outcome), seconds, slave_id, commit_hash, reported_at,
            failed * 2 > total, EXISTS (SELECT 1 FROM builds WHERE id = build_id)
        FROM cases JOIN case_builds USING (build_id) WHERE case_id = ?
        GROUP BY build_id ORDER BY build_id DESC LIMIT ?
        """
}

extension CaseRun {
    fileprivate init(_ row: inout SQLRow) throws {
        try self.init(
            build: row.next(),
            subjob: row.next(),
            atom: row.next(),
            outcome: row.next(),
            seconds: row.next(),
            slave: row.next(),
            commit: row.next(),
            reportedAt: row.next(),
            isOfBrokenBuild: row.next(),
            isKept: row.next()
        )
    }
}

extension JobCases {
    /// The maximum number of cases of builds that are counted while a reader waits.
    private static let caseBudget = 500_000
    /// The least difference of two means that is told, in seconds, and as a part of the older one.
    private static let leastDifference = (seconds: 0.1, part: 0.25)

    /// Reads the cases of a job over its newest builds, without those in which most cases failed.
    static func read(of job: JobName, limit: Int, caseLimit: Int, from db: Database) throws -> Self {
        guard let number = try job.number(in: db) else { return Self() }
        let counted = try builds(of: number, limit: limit, from: db)
        let halves = Halves(counted)
        var cases: [CaseFigures] = []
        let list = "[\(counted.map(\.description).joined(separator: ","))]"
        cases = try SQLStatement(select, in: db).rows(list, halves.newer) { row in try CaseFigures(&row, halves) }
        let slower = cases.filter { each in
            guard let newer = each.newerMean, let older = each.olderMean else { return false }
            return newer - older >= max(leastDifference.seconds, older * leastDifference.part)
        }
        return Self(
            countedBuilds: counted.count,
            slowest: cases.filter { $0.mean > 0 }.top(caseLimit) { $0.mean },
            flakiest: cases.filter { $0.flaky > 0 }.top(caseLimit) { Double($0.flaky) / Double($0.runs) },
            slower: slower.top(caseLimit) { ($0.newerMean ?? 0) - ($0.olderMean ?? 0) }
        )
    }

    /// The builds before and after the middle.
    fileprivate struct Halves {
        /// The oldest build of the newer half.
        let newer: BuildID
        /// Whether there are enough builds for a comparison.
        let canCompare: Bool

        init(_ newestFirst: [BuildID]) {
            newer = newestFirst.isEmpty ? BuildID(.max) : newestFirst[(newestFirst.count - 1) / 2]
            canCompare = newestFirst.count >= 4
        }
    }

    private static func builds(of job: Int, limit: Int, from db: Database) throws -> [BuildID] {
        let select = """
            SELECT build_id, total FROM case_builds WHERE job_id = ? AND failed * 2 <= total
            ORDER BY build_id DESC LIMIT ?
            """
        var cases = 0
        return try SQLStatement(select, in: db).rows(job, max(0, limit)) { row in
            (try row.next(BuildID.self), try row.next(Int.self))
        }.prefix { build in
            defer { cases += build.1 }
            return cases == 0 || cases + build.1 <= caseBudget
        }.map(\.0)
    }

    // A case that fails at every commit is broken; one that failed and passed at one commit is flaky.
    private static let select = """
        WITH runs AS (
            SELECT case_id, build_id, max(outcome) AS outcome, seconds, commit_hash
            FROM cases JOIN case_builds USING (build_id)
            WHERE build_id IN (SELECT value FROM json_each(?1))
            GROUP BY case_id, build_id
        ), by_commit AS (
            SELECT case_id, count(*) AS runs, sum(outcome >= 3) AS failed,
                sum(outcome = 2)
                    + CASE WHEN commit_hash IS NULL THEN 0 ELSE min(sum(outcome >= 3), sum(outcome = 1)) END AS flaky,
                total(seconds) AS seconds, count(seconds) AS timed,
                total(seconds) FILTER (WHERE build_id >= ?2) AS newer,
                count(seconds) FILTER (WHERE build_id >= ?2) AS timed_newer
            FROM runs WHERE outcome > 0 GROUP BY case_id, commit_hash
        )
        SELECT case_id, name, class, file, sum(runs), sum(failed), sum(flaky), total(seconds), sum(timed), total(newer),
            sum(timed_newer)
        FROM by_commit JOIN case_names ON case_names.id = case_id GROUP BY case_id
        """
}

extension CaseFigures {
    fileprivate init(_ row: inout SQLRow, _ halves: JobCases.Halves) throws {
        let id: CaseID = try row.next()
        let name: String = try row.next()
        let className: String = try row.next()
        let file: String = try row.next()
        let runs: Int = try row.next()
        let failed: Int = try row.next()
        let flaky: Int = try row.next()
        let seconds: Double = try row.next()
        let timed: Int = try row.next()
        let newer: Double = try row.next()
        let timedNewer: Int = try row.next()
        let timedOlder = timed - timedNewer
        let canCompare = halves.canCompare && timedNewer >= 2 && timedOlder >= 2
        self.init(
            id: id,
            name: name,
            className: className.isEmpty ? nil : className,
            file: file.isEmpty ? nil : file,
            runs: runs,
            failed: failed,
            flaky: flaky,
            mean: timed == 0 ? 0 : seconds / Double(timed),
            newerMean: canCompare ? newer / Double(timedNewer) : nil,
            olderMean: canCompare ? (seconds - newer) / Double(timedOlder) : nil
        )
    }
}

extension [CaseFigures] {
    /// Returns the first few in the order of a figure, the largest first.
    fileprivate func top(_ count: Int, by figure: (CaseFigures) -> Double) -> [CaseFigures] {
        let sorted = sorted { left, right in
            let (one, other) = (figure(left), figure(right))
            return one == other ? (left.name, left.id) < (right.name, right.id) : one > other
        }
        return Array(sorted.prefix(Swift.max(0, count)))
    }
}
