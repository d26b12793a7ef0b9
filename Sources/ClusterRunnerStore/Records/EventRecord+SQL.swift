import ClusterRunnerDomain
import GRDB

extension EventRecord {
    /// Appends the event with the next number.
    func write(to db: Database) throws {
        try SQLStatement("INSERT INTO events (tag, timestamp, data) VALUES (?, ?, ?)", in: db)
            .run(tag, timestamp, JSONText.write(data))
    }
}

extension StoredEvent {
    /// Reads the oldest events above an id and not before a time.
    static func read(after id: Int, since: Double?, limit: Int, from db: Database) throws -> [Self] {
        // SQLite takes a negative limit as no limit.
        let limit = max(limit, 0)
        guard let since else {
            return try SQLStatement(select + "WHERE id > ? ORDER BY id LIMIT ?", in: db)
                .rows(id, limit, read: Self.init)
        }
        return try SQLStatement(select + recent, in: db).rows(since, id, limit, read: Self.init)
    }

    /// Reads the newest events of a slave, with tags of ``slaveTags``.
    static func read(ofSlave slave: SlaveID, limit: Int, from db: Database) throws -> [Self] {
        try SQLStatement(sqlOfSlave, in: db).rows(slave, max(limit, 0), read: Self.init)
    }

    /// The statement for the events of a slave; its parameters are the slave and the limit.
    static var sqlOfSlave: String {
        select + "WHERE tag IN (\(slaveTags)) AND json_extract(data, '$.slave_id') = ? ORDER BY id DESC LIMIT ?"
    }

    /// The tags of events about a slave, except those about each of its atoms: the tags of the index on slaves, which
    /// must be written identically.
    private static let slaveTags = """
        'SLAVE_CONNECTED', 'SLAVE_LOST', 'SLAVE_QUARANTINED', 'SLAVE_SHUTDOWN', 'SLAVE_DRAINED', 'SLAVE_RESUMED', \
        'BUILD_SETUP_START', 'BUILD_SETUP_FINISH'
        """

    /// Reads the id of the newest event, or 0.
    static func lastID(in db: Database) throws -> Int {
        try SQLStatement("SELECT coalesce(max(id), 0) FROM events", in: db).rows { row in try row.next(Int.self) }[0]
    }

    /// Reads the columns that ``select`` lists.
    private init(_ row: inout SQLRow) throws {
        try self.init(
            id: row.next(),
            tag: row.next(),
            timestamp: row.next(),
            json: row.next()
        )
    }

    private static let select = "SELECT id, tag, timestamp, data FROM events "

    // The inner query uses the index on time only; without the `+` SQLite would scan all events by id.
    private static let recent = """
        WHERE id IN (SELECT id FROM events WHERE timestamp >= ? AND +id > ? ORDER BY id LIMIT ?) ORDER BY id
        """
}
