import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import GRDB

extension AtomChange {
    /// Reads the lasting changes of atoms over comparable builds, newest first; `limit` is per kind.
    static func read(over builds: [BuildRecord], limit: Int, from db: Database) throws -> [Self] {
        let builds = builds.prefix(Rule.builds)
        guard let newest = builds.first, builds.count > Rule.failures else { return [] }
        let ids = "[\(builds.map(\.id.description).joined(separator: ","))]"
        let slowFrom = builds.prefix(Rule.slowBuilds).last?.id ?? newest.id
        let flakyFrom = builds.prefix(Rule.flakyBuilds).last?.id ?? newest.id
        let all = try SQLStatement(select, in: db)
            .rows(ids, newest.id, slowFrom, flakyFrom) { row in try Self(&row, build: newest.id) }
        return (0..<3).flatMap { rank in all.filter { $0.kind.rank == rank }.prefix(max(0, limit)) }
    }

    private init(_ row: inout SQLRow, build: BuildID) throws {
        let atom = Atom(variable: try row.next(), value: try row.next(ByteString.self))
        let subjob: SubjobID = try row.next()
        let id: AtomIndex = try row.next()
        let (failingSince, failures): (BuildID?, Int) = (try row.next(), try row.next())
        let (flakySince, flakes): (BuildID?, Int) = (try row.next(), try row.next())
        let (before, now): (Double?, Double?) = (try row.next(), try row.next())
        let kind: Kind =
            if let failingSince {
                .failing(since: failingSince, builds: failures)
            } else if let flakySince {
                .flaky(since: flakySince, builds: flakes)
            } else {
                .slower(before: before ?? 0, now: now ?? 0)
            }
        self.init(atom: atom, kind: kind, build: build, subjob: subjob, id: id)
    }

    // The builds are examined once; only atoms of the newest one are looked up, so that its rows are read once more.
    private static let select = """
        WITH runs AS (
            SELECT variable, value, build_id, seconds, exit_code <> 0 OR cause IS NOT NULL AS failure, attempts > 1 AS late
            FROM atoms WHERE build_id IN (SELECT value FROM json_each(?1)) AND exit_code IS NOT NULL
        ), sums AS (
            SELECT variable, value, sum(failure) AS failures, sum(NOT failure) AS passes,
                min(CASE WHEN failure THEN build_id END) AS failed_first,
                max(CASE WHEN NOT failure THEN build_id END) AS passed_last,
                sum(build_id >= ?4 AND late AND NOT failure) AS flakes,
                min(CASE WHEN late AND NOT failure THEN build_id END) AS flaky_first,
                sum(build_id < ?4) AS runs_before, sum(build_id < ?4 AND (failure OR late)) AS troubles_before,
                sum(build_id >= ?3 AND NOT failure) AS slow_runs, avg(CASE WHEN build_id >= ?3 THEN seconds END) AS slow,
                min(CASE WHEN build_id >= ?3 THEN seconds END) AS slow_least,
                sum(build_id < ?3 AND NOT failure) AS fast_runs,
                avg(CASE WHEN build_id < ?3 AND NOT failure THEN seconds END) AS fast,
                avg(CASE WHEN build_id < ?3 AND NOT failure THEN seconds * seconds END) AS fast_square
            FROM runs GROUP BY variable, value
        ), changes AS MATERIALIZED (
            SELECT variable, value, failures, failed_first, flakes, flaky_first, slow, fast,
                failures >= \(Rule.failures) AND passes >= \(Rule.passes) AND failed_first > passed_last AS is_failing,
                failures = 0 AND flakes >= \(Rule.flakes) AND runs_before >= \(Rule.earlierBuilds)
                    AND troubles_before = 0 AS is_flaky,
                slow_runs = \(Rule.slowBuilds) AND fast_runs >= \(Rule.earlierBuilds)
                    AND slow_least >= fast * \(Rule.factor) AND slow_least >= fast + \(Rule.seconds)
                    AND (slow_least - fast) * (slow_least - fast)
                        > \(Rule.deviations * Rule.deviations) * (fast_square - fast * fast) AS is_slower
            FROM sums WHERE is_failing OR is_flaky OR is_slower
        )
        SELECT atoms.variable, atoms.value, atoms.subjob_id, atoms.id,
            CASE WHEN is_failing THEN failed_first END, failures, CASE WHEN is_flaky THEN flaky_first END, flakes,
            fast, slow
        FROM atoms CROSS JOIN changes ON changes.variable = atoms.variable AND changes.value = atoms.value
        WHERE atoms.build_id = ?2 AND atoms.exit_code IS NOT NULL
        ORDER BY is_failing DESC, failed_first DESC, is_flaky DESC, flakes DESC, slow - fast DESC,
            atoms.subjob_id, atoms.id
        """
}
