import ClusterRunnerDomain
import GRDB

extension NotificationRecord {
    /// Writes the progress; does nothing if its build no longer exists.
    func write(to db: Database) throws {
        try SQLStatement(Self.upsert, in: db).run(build, target, settled, build)
    }

    /// Removes the progress of a build's notifications at a target.
    static func remove(build: BuildID, target: String, from db: Database) throws {
        try SQLStatement("DELETE FROM notifications WHERE build_id = ? AND target = ?", in: db).run(build, target)
    }

    /// Reads the progress of all notifications, by build and target.
    static func readAll(from db: Database) throws -> [Self] {
        try SQLStatement(select, in: db).rows { row in
            try Self(build: row.next(), target: row.next(), settled: row.next())
        }
    }

    private static let columns = TableColumns("notifications", key: 2, "build_id", "target", "settled")
    private static let select = "SELECT \(columns.selected) FROM notifications ORDER BY build_id, target"
    private static let upsert = columns.upsert(where: "EXISTS (SELECT 1 FROM builds WHERE id = ?)")
}
