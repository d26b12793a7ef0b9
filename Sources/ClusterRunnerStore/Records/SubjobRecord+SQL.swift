import ClusterRunnerDomain
import GRDB

extension SubjobRecord {
    /// Writes subjobs; their build must exist.
    static func write(_ records: [Self], to db: Database) throws {
        let statement = try SQLStatement(upsert, in: db)
        for record in records {
            try statement.run(
                record.buildID,
                record.id,
                record.atomCount,
                record.state,
                record.slaveID,
                record.slaveURL,
                record.lease,
                record.attempts,
                record.parts.isEmpty ? nil : JSONText.encode(record.parts),
                record.lostSlaves.isEmpty ? nil : JSONText.encode(record.lostSlaves)
            )
        }
    }

    /// Reads one subjob.
    static func read(build: BuildID, id: SubjobID, from db: Database) throws -> Self? {
        try SQLStatement(select + "WHERE build_id = ? AND id = ?", in: db).rows(build, id, read: Self.init).first
    }

    /// Reads a page of the subjobs of a build, found and ordered by the primary key.
    static func read(build: BuildID, page: StorePage, from db: Database) throws -> [Self] {
        try SQLStatement(select + "WHERE build_id = ? ORDER BY id LIMIT ? OFFSET ?", in: db)
            .rows(build, page.limit ?? -1, page.offset, read: Self.init)
    }

    /// Reads the columns that ``select`` lists.
    private init(_ row: inout SQLRow) throws {
        try self.init(
            buildID: row.next(),
            id: row.next(),
            atomCount: row.next(),
            state: row.next(),
            slaveID: row.next(),
            slaveURL: row.next(),
            lease: row.next(),
            attempts: row.next(),
            parts: row.next(String?.self).map { try JSONText.decode(from: $0) } ?? [],
            lostSlaves: row.next(String?.self).map { try JSONText.decode(from: $0) } ?? []
        )
    }

    private static let columns = TableColumns(
        "subjobs",
        key: 2,
        "build_id",
        "id",
        "atom_count",
        "state",
        "slave_id",
        "slave_url",
        "lease",
        "attempts",
        "parts",
        "lost_slaves"
    )

    private static let select = "SELECT \(columns.selected) FROM subjobs "
    private static let upsert = columns.upsert
}
