import ClusterRunnerDomain
import GRDB

extension AttemptRecord {
    /// Writes an attempt that does not count; does nothing if its build no longer exists.
    func write(to db: Database) throws {
        var output: [UInt8]?
        if case .inline(let bytes) = result.console, !bytes.isEmpty { output = bytes }
        try SQLStatement(Self.upsert, in: db)
            .run(
                buildID,
                subjobID,
                atomID,
                number,
                result.exitCode,
                result.seconds,
                result.cause,
                result.hasArtifacts,
                result.console.place,
                output,
                result.notes.isEmpty ? nil : JSONText.encode(result.notes),
                isObstructed,
                slaveID,
                executor,
                startedAt,
                buildID
            )
    }

    /// Reads the attempts that do not count of a build's subjobs, ordered by subjob, atom and number.
    static func read(
        build: BuildID,
        subjobs: ClosedRange<SubjobID>,
        withConsole: Bool,
        from db: Database
    ) throws -> [Self] {
        try SQLStatement(select(withConsole: withConsole), in: db)
            .rows(build, subjobs.lowerBound, subjobs.upperBound, read: Self.init)
    }

    /// Reads the columns that ``select(withConsole:)`` lists.
    private init(_ row: inout SQLRow) throws {
        try self.init(
            buildID: row.next(),
            subjobID: row.next(),
            atomID: row.next(),
            number: row.next(),
            result: Self.result(&row),
            isObstructed: row.next(),
            slaveID: row.next(),
            executor: row.next(),
            startedAt: row.next()
        )
    }

    private static func result(_ row: inout SQLRow) throws -> AtomResult {
        let exitCode: Int = try row.next()
        let seconds: Double = try row.next()
        let cause: String? = try row.next()
        let hasArtifacts: Bool = try row.next()
        let place: Int = try row.next()
        let bytes: [UInt8]? = try row.next()
        let notes: String? = try row.next()
        return AtomResult(
            exitCode: exitCode,
            seconds: seconds,
            cause: cause,
            console: place == AtomResult.Console.file.place ? .file : .inline(bytes ?? []),
            hasArtifacts: hasArtifacts,
            notes: try notes.map { try JSONText.decode(from: $0) } ?? []
        )
    }

    private static let columns = TableColumns(
        "attempts",
        key: 4,
        "build_id",
        "subjob_id",
        "atom_id",
        "number",
        "exit_code",
        "seconds",
        "cause",
        "has_artifacts",
        "console",
        "bytes",
        "notes",
        "is_obstructed",
        "slave_id",
        "executor",
        "started_at"
    )

    private static func select(withConsole: Bool) -> String {
        """
        SELECT \(withConsole ? columns.selected : columns.selected(without: "bytes"))
        FROM attempts WHERE build_id = ? AND subjob_id BETWEEN ? AND ?
        ORDER BY build_id, subjob_id, atom_id, number
        """
    }

    private static let upsert = columns.upsert(where: "EXISTS (SELECT 1 FROM builds WHERE id = ?)")
}
