import ClusterRunnerCore
import GRDB

extension SetupFailure {
    /// Keeps a failed set-up of a build, which must be there.
    func write(build: Int, to db: Database) throws {
        let insert = "INSERT INTO setup_failures (build_id, slave_id, slave_url, reason) VALUES (?, ?, ?, ?)"
        try SQLStatement(insert, in: db).run(build, slave, url, reason)
    }

    /// The failed set-ups of a build, oldest first.
    static func read(build: Int, from db: Database) throws -> [Self] {
        let select = "SELECT slave_id, slave_url, reason FROM setup_failures WHERE build_id = ? ORDER BY id"
        return try SQLStatement(select, in: db).rows(build) { row in
            try Self(slave: row.next(), url: row.next(), reason: row.next())
        }
    }
}
