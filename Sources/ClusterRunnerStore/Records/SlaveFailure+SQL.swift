import ClusterRunnerDomain
import GRDB

extension SlaveFailure {
    /// Writes a failure that counts against a build's budget; the build must exist.
    func write(build: BuildID, to db: Database) throws {
        try SQLStatement(Self.insert, in: db).run(slave, url, reason, stage, build)
    }

    /// Reads the failures of slaves that count against a build's budget, oldest first.
    static func read(build: BuildID, from db: Database) throws -> [Self] {
        try SQLStatement(select, in: db).rows(build) { row in
            try Self(slave: row.next(), url: row.next(), reason: row.next(), stage: row.next())
        }
    }

    private static let columns = TableColumns(
        "setup_failures",
        "slave_id",
        "slave_url",
        "reason",
        "stage",
        "build_id"
    )

    private static let select = "SELECT \(columns.selected) FROM setup_failures WHERE build_id = ? ORDER BY id"
    private static let insert = columns.insert
}
