import ClusterRunnerDomain
import GRDB

extension SlaveFailure {
    /// Writes a failure that counts against a build's budget; the build must exist.
    func write(build: BuildID, to db: Database) throws {
        let insert = """
            INSERT INTO setup_failures (build_id, slave_id, slave_url, reason, stage) VALUES (?, ?, ?, ?, ?)
            """
        try SQLStatement(insert, in: db).run(build, slave, url, reason, stage)
    }

    /// Reads the failures of slaves that count against a build's budget, oldest first.
    static func read(build: BuildID, from db: Database) throws -> [Self] {
        let select = "SELECT slave_id, slave_url, reason, stage FROM setup_failures WHERE build_id = ? ORDER BY id"
        return try SQLStatement(select, in: db).rows(build) { row in
            try Self(slave: row.next(), url: row.next(), reason: row.next(), stage: row.next())
        }
    }
}
