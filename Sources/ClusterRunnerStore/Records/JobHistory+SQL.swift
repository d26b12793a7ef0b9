import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import GRDB

extension JobSummary {
    /// Reads a page of the jobs with stored builds.
    static func read(_ page: StorePage, from db: Database) throws -> [Self] {
        let rows = try SQLStatement(select, in: db).rows(page.limit ?? -1, page.offset) { row in
            let name = JobName(project: try row.next(), job: try row.next())
            return (name, builds: try row.next(Int.self), newest: try row.next(BuildID.self))
        }
        return try rows.compactMap { name, builds, newest in
            try BuildRecord.read(newest, from: db).map { Self(name: name, builds: builds, newest: $0) }
        }
    }

    private static let select = """
        SELECT project_id, job_name, count(*), max(id) FROM builds
        WHERE project_id IS NOT NULL AND job_name IS NOT NULL
        GROUP BY project_id, job_name ORDER BY max(id) DESC LIMIT ? OFFSET ?
        """
}

extension JobHistory {
    /// Reads the last builds of a job, with its atoms.
    static func read(_ name: JobName, limit: Int, atomLimit: Int, from db: Database) throws -> Self {
        let builds = try SQLStatement(BuildRecord.select + condition, in: db)
            .rows(name.project, name.job, max(limit, 0), read: BuildRecord.init)
        let counted = countable(builds)
        let ids = "[\(counted.map(\.id.description).joined(separator: ","))]"
        return Self(
            builds: builds,
            countedBuilds: counted.count,
            slowest: try AtomHistory.read(.slowest, builds: ids, limit: atomLimit, from: db),
            flakiest: try AtomHistory.read(.flakiest, builds: ids, limit: atomLimit, from: db),
            changes: try AtomChange.read(over: comparable(Array(counted)), limit: atomLimit, from: db)
        )
    }

    /// Returns the newest builds whose atoms can be counted while a reader waits.
    private static func countable(_ builds: [BuildRecord]) -> ArraySlice<BuildRecord> {
        var atoms = 0
        let end = builds.firstIndex { build in
            atoms += build.progress.atoms ?? 0
            return atoms > atomBudget
        }
        return builds.prefix(max(1, end ?? builds.count))
    }

    private static let condition = """
        WHERE project_id = ? AND job_name = ? AND coalesce(finished_at, error_at, canceled_at) IS NOT NULL
        ORDER BY id DESC LIMIT ?
        """
}

extension AtomHistory {
    /// The order of atoms.
    enum Order {
        case slowest
        case flakiest
    }

    /// Reads atoms over several builds, given as a list in JSON.
    static func read(_ order: Order, builds: String, limit: Int, from db: Database) throws -> [Self] {
        let end =
            switch order {
            case .slowest: "ORDER BY mean DESC, variable, value"
            // An atom that always fails is broken, not flaky.
            case .flakiest: "WHERE score > 0 ORDER BY score DESC, runs DESC, variable, value"
            }
        return try SQLStatement(select + end + " LIMIT ?", in: db).rows(builds, max(limit, 0)) { row in
            let atom = Atom(variable: try row.next(), value: try row.next(ByteString.self))
            let runs: Int = try row.next()
            let failed: Int = try row.next()
            let flaky: Int = try row.next()
            let mean: Double = try row.next()
            let latest: Double = try row.next()
            let build: BuildID = try row.next()
            let subjob: SubjobID = try row.next()
            return Self(
                atom: atom,
                runs: runs,
                failed: failed,
                flaky: flaky,
                mean: mean,
                latest: latest,
                build: build,
                subjob: subjob,
                id: try row.next()
            )
        }
    }

    // With max(), SQLite takes the other columns from the row that has the maximum.
    private static let select = """
        SELECT variable, value, runs, failed, flaky, mean, latest, build_id, subjob_id, id, score FROM (
            SELECT variable, value, count(*) AS runs, sum(failure) AS failed, sum(attempts > 1 AND NOT failure) AS flaky,
                avg(seconds) AS mean, seconds AS latest, max(build_id) AS build_id, subjob_id, id,
                sum(attempts > 1 AND NOT failure) + min(sum(failure), sum(NOT failure)) AS score
            FROM (
                SELECT *, exit_code <> 0 OR cause IS NOT NULL AS failure FROM atoms
                WHERE build_id IN (SELECT value FROM json_each(?)) AND exit_code IS NOT NULL
            )
            GROUP BY variable, value
        )

        """
}
