import ClusterRunnerDomain
import GRDB

extension TimelineSpan {
    /// Resolution of the time of a build, in parts of it, for merged atoms.
    private static let parts = 1000.0

    /// Reads the spans of a build's atoms, by slave, executor and time.
    static func read(build: BuildID, limit: Int, from db: Database) throws -> [Self] {
        let threshold = try SQLStatement(shorter, in: db).rows(build, max(limit, 0)) { try $0.next(Double.self) }.first
        let length = try SQLStatement(length, in: db).rows(build) { try $0.next(Double?.self) }.first ?? nil
        // All atoms are at least that long, so that fewer than the limit are never merged.
        var merger = TimelineMerger(threshold: threshold ?? -1, resolution: (length ?? 0) / parts)
        _ = try SQLStatement(select, in: db).rows(build) { row in merger.add(try Self(&row)) }
        return merger.spans
    }

    private init(_ row: inout SQLRow) throws {
        let subjob: SubjobID = try row.next()
        let id: AtomIndex = try row.next()
        let variable: String = try row.next()
        let value: String = try row.next()
        let state: AtomState = try row.next()
        let attempts: Int = try row.next()
        let exitCode: Int? = try row.next()
        let cause: String? = try row.next()
        let seconds: Double? = try row.next()
        let slave: SlaveID = try row.next()
        let executor: Int? = try row.next()
        let start: Double = try row.next()
        let hasFailed = exitCode.map { $0 != 0 || cause != nil }
        let status: AtomStatus =
            switch hasFailed {
            case true?: .failed
            case false?: attempts > 1 ? .flaky : .passed
            case nil: state == .canceled ? .canceled : .running
            }
        // An atom canceled during its run has no end of its own.
        let end = seconds.map { start + $0 } ?? (state == .canceled ? start : nil)
        let name = value.isEmpty ? variable : value
        self.init(
            slave: slave,
            executor: executor ?? 0,
            start: start,
            end: end,
            content: .atom(subjob: subjob, id: id, name: name, status: status)
        )
    }

    private static let shorter = """
        SELECT seconds FROM atoms WHERE build_id = ? AND started_at IS NOT NULL AND seconds IS NOT NULL
        ORDER BY seconds DESC LIMIT 1 OFFSET ?
        """

    private static let length = """
        SELECT max(started_at + coalesce(seconds, 0)) - min(started_at) FROM atoms
        WHERE build_id = ? AND started_at IS NOT NULL
        """

    private static let select = """
        SELECT subjob_id, id, variable, value, state, attempts, exit_code, cause, seconds, slave_id, executor, started_at
        FROM atoms WHERE build_id = ? AND started_at IS NOT NULL AND slave_id IS NOT NULL
        ORDER BY slave_id, executor, started_at
        """
}
