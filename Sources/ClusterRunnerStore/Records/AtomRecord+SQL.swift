import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import GRDB

extension AtomRecord {
    /// Writes atoms, each with or without its console output.
    ///
    /// Their build must exist.
    static func write(_ records: [Self], to db: Database) throws {
        let upsert = try SQLStatement(Self.upsert, in: db)
        let keepConsole = try SQLStatement(Self.upsertConsole, in: db)
        let dropConsole = try SQLStatement(Self.deleteConsole, in: db)
        for record in records {
            let result = record.result
            try upsert.run(
                record.buildID,
                record.subjobID,
                record.id,
                record.atom.variable,
                record.atom.value,
                record.state,
                record.expectedTime,
                result?.exitCode,
                result?.seconds,
                result?.cause,
                result?.console.place,
                result?.hasArtifacts,
                try result.flatMap { $0.notes.isEmpty ? nil : try JSONText.encode($0.notes) },
                try result?.cases.map { try JSONText.encode($0) },
                record.attempts,
                record.obstructions,
                record.slaveID,
                record.executor,
                record.startedAt
            )
            // The output of an earlier attempt must not stay beside the result of a later one.
            if case .inline(let bytes)? = result?.console, !bytes.isEmpty {
                try keepConsole.run(record.buildID, record.subjobID, record.id, bytes)
            } else {
                try dropConsole.run(record.buildID, record.subjobID, record.id)
            }
        }
    }

    /// Reads one atom, with its console output.
    static func read(build: BuildID, subjob: SubjobID, id: AtomIndex, from db: Database) throws -> Self? {
        let key = "WHERE atoms.build_id = ? AND atoms.subjob_id = ? AND id = ?"
        return try SQLStatement(select(withConsole: true) + key, in: db).rows(build, subjob, id, read: Self.init).first
    }

    /// Reads the atoms of a query.
    static func read(_ query: AtomQuery, from db: Database) throws -> [Self] {
        let subjobs = query.subjobs ?? SubjobID(.min)...SubjobID(.max)
        return try SQLStatement(sql(for: query), in: db)
            .rows(
                query.build,
                subjobs.lowerBound,
                subjobs.upperBound,
                query.page.limit ?? -1,
                query.page.offset,
                read: Self.init
            )
    }

    /// Returns the statement for a query; its parameters are the build, the first and last subjob, limit and offset.
    static func sql(for query: AtomQuery) -> String {
        // The indexes are named because SQLite does not know that few atoms fail or run twice.
        let (source, outcome) =
            switch query.outcome {
            case nil: ("atoms", "")
            case .failed: ("atoms INDEXED BY failed_atoms", "AND (exit_code <> 0 OR cause IS NOT NULL)")
            case .flaky: ("atoms INDEXED BY repeated_atoms", "AND attempts > 1 AND exit_code = 0 AND cause IS NULL")
            }
        return """
            \(select(from: source, withConsole: query.withConsole))
            WHERE atoms.build_id = ? AND atoms.subjob_id BETWEEN ? AND ? \(outcome)
            ORDER BY atoms.build_id, atoms.subjob_id, id LIMIT ? OFFSET ?
            """
    }

    /// Reads the columns that ``select(from:withConsole:)`` lists.
    init(_ row: inout SQLRow) throws {
        let output: [UInt8]? = try row.next()
        try self.init(
            buildID: row.next(),
            subjobID: row.next(),
            id: row.next(),
            atom: Atom(variable: row.next(), value: row.next(ByteString.self)),
            state: row.next(),
            expectedTime: row.next(),
            result: AtomResult(&row, output: output),
            attempts: row.next(),
            obstructions: row.next(),
            slaveID: row.next(),
            executor: row.next(),
            startedAt: row.next()
        )
    }

    private static func select(from source: String = "atoms", withConsole: Bool) -> String {
        withConsole
            ? "SELECT bytes, \(columns.selected) FROM \(source) \(consoles) "
            : "SELECT \(selectedWithoutConsole) FROM \(source) "
    }

    /// The columns from which an atom is read without its output.
    static let selectedWithoutConsole = "NULL, \(columns.selected)"

    private static let columns = TableColumns(
        "atoms",
        key: 3,
        "build_id",
        "subjob_id",
        "id",
        "variable",
        "value",
        "state",
        "expected_time",
        "exit_code",
        "seconds",
        "cause",
        "console",
        "has_artifacts",
        "notes",
        "cases",
        "attempts",
        "obstructions",
        "slave_id",
        "executor",
        "started_at"
    )

    private static let consoles = """
        LEFT JOIN consoles ON consoles.build_id = atoms.build_id
            AND consoles.subjob_id = atoms.subjob_id AND consoles.atom_id = atoms.id
        """

    private static let upsert = columns.upsert
    private static let upsertConsole =
        TableColumns("consoles", key: 3, "build_id", "subjob_id", "atom_id", "bytes").upsert
    private static let deleteConsole = "DELETE FROM consoles WHERE build_id = ? AND subjob_id = ? AND atom_id = ?"
}

extension AtomResult {
    /// Reads a result; an atom without one has no exit code.
    fileprivate init?(_ row: inout SQLRow, output: [UInt8]?) throws {
        let exitCode: Int? = try row.next()
        let seconds: Double? = try row.next()
        let cause: String? = try row.next()
        let place: Int? = try row.next()
        let hasArtifacts: Bool? = try row.next()
        let notes: String? = try row.next()
        let cases: String? = try row.next()
        guard let exitCode, let seconds else { return nil }
        self.init(
            exitCode: exitCode,
            seconds: seconds,
            cause: cause,
            console: place == Console.file.place ? .file : .inline(output ?? []),
            hasArtifacts: hasArtifacts ?? false,
            notes: try notes.map { try JSONText.decode(from: $0) } ?? [],
            cases: try cases.map { try JSONText.decode(from: $0) }
        )
    }
}

extension AtomResult.Console {
    /// The number in the column `console`.
    var place: Int {
        switch self {
        case .inline: 0
        case .file: 1
        }
    }
}
