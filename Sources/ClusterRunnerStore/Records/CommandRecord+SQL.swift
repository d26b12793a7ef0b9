import ClusterRunnerDomain
import GRDB

extension CommandRecord {
    /// Writes commands of a build; those of a removed build are dropped.
    ///
    /// Atomizers replace earlier ones: a build that was prepared again has listed its atoms again.
    static func write(_ records: [Self], build: BuildID, to db: Database) throws {
        if records.contains(where: { $0.run.kind == .atomizer }) {
            try SQLStatement("DELETE FROM build_commands WHERE build_id = ? AND kind = 'atomizer'", in: db).run(build)
        }
        let insert = try SQLStatement(Self.insert, in: db)
        for record in records {
            let run = record.run
            try insert.run(
                run.kind.rawValue,
                record.slaveID,
                record.slaveURL,
                run.command,
                run.exitCode,
                run.output,
                record.startedAt,
                run.seconds,
                build,
                build
            )
        }
    }

    /// Reads the commands of a build, in the order of their ends.
    static func read(build: BuildID, from db: Database) throws -> [Self] {
        try SQLStatement(select, in: db).rows(build) { row in
            let kind: String = try row.next()
            guard let kind = CommandRun.Kind(rawValue: kind) else {
                throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "\"\(kind)\" is no kind of command")
            }
            let slaveID: SlaveID? = try row.next()
            let slaveURL: String? = try row.next()
            let command: String = try row.next()
            let exitCode: Int? = try row.next()
            let output: String = try row.next()
            let startedAt: Double = try row.next()
            let run = CommandRun(
                kind: kind,
                command: command,
                exitCode: exitCode,
                output: output,
                seconds: try row.next()
            )
            return Self(run: run, slaveID: slaveID, slaveURL: slaveURL, startedAt: startedAt)
        }
    }

    private static let columns = TableColumns(
        "build_commands",
        "kind",
        "slave_id",
        "slave_url",
        "command",
        "exit_code",
        "output",
        "started_at",
        "seconds",
        "build_id"
    )

    private static let select = "SELECT \(columns.selected) FROM build_commands WHERE build_id = ? ORDER BY id"
    private static let insert = columns.insert(where: "EXISTS (SELECT 1 FROM builds WHERE id = ?)")
}
