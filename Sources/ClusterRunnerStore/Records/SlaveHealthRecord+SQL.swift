import ClusterRunnerDomain
import GRDB

extension SlaveHealthRecord {
    /// Writes the health record of a slave, in place of the earlier one.
    func write(to db: Database) throws {
        try SQLStatement(Self.upsert, in: db)
            .run(
                url,
                JSONText.encode(failedSetups),
                JSONText.encode(failedRuns),
                lastPause,
                quarantinedUntil,
                isDrained,
                changedAt
            )
    }

    /// Removes the health record of a slave.
    static func remove(url: String, from db: Database) throws {
        try SQLStatement("DELETE FROM slave_health WHERE url = ?", in: db).run(url)
    }

    /// Reads all health records, ordered by URL.
    static func readAll(from db: Database) throws -> [Self] {
        try SQLStatement(select, in: db).rows { row in
            try Self(
                url: row.next(),
                failedSetups: JSONText.decode(from: row.next()),
                failedRuns: JSONText.decode(from: row.next()),
                lastPause: row.next(),
                quarantinedUntil: row.next(),
                isDrained: row.next(),
                changedAt: row.next()
            )
        }
    }

    private static let columns = TableColumns(
        "slave_health",
        key: 1,
        "url",
        "failed_setups",
        "failed_runs",
        "last_pause",
        "quarantined_until",
        "is_drained",
        "changed_at"
    )

    private static let select = "SELECT \(columns.selected) FROM slave_health ORDER BY url"
    private static let upsert = columns.upsert
}
