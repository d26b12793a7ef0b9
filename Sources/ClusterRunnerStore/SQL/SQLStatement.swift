import GRDB
import GRDBSQLite

/// A statement that is prepared once for its connection and cached there.
///
/// Used only inside GRDB's access to the connection, whose cache keeps the statement alive.
struct SQLStatement {
    private let handle: SQLiteStatement
    private let sql: String

    /// Prepares `sql`, or takes it from the connection's cache.
    init(_ sql: String, in db: Database) throws {
        self.sql = sql
        handle = try db.cachedStatement(sql: sql).sqliteStatement
    }

    /// Runs the statement with these parameters and ignores its rows.
    func run<each Value: SQLValue>(_ values: repeat each Value) throws {
        try bind(repeat each values)
        try step { _ in }
    }

    /// Returns all rows for these parameters.
    func rows<Element, each Value: SQLValue>(
        _ values: repeat each Value,
        read: (inout SQLRow) throws -> Element
    ) throws -> [Element] {
        try bind(repeat each values)
        var elements: [Element] = []
        try step { row in elements.append(try read(&row)) }
        return elements
    }

    private func bind<each Value: SQLValue>(_ values: repeat each Value) throws {
        var index: Int32 = 0
        for value in repeat each values {
            index += 1
            let code = value.bind(to: handle, at: index)
            guard code == SQLITE_OK else { throw failure(code) }
        }
    }

    private func step(_ read: (inout SQLRow) throws -> Void) throws {
        // A statement left within its rows would hold its snapshot and refuse new parameters.
        defer { sqlite3_reset(handle) }
        while true {
            let code = sqlite3_step(handle)
            switch code {
            case SQLITE_ROW:
                var row = SQLRow(handle)
                try read(&row)
            case SQLITE_DONE:
                return
            default:
                throw failure(code)
            }
        }
    }

    private func failure(_ code: Int32) -> DatabaseError {
        let message = String(cString: sqlite3_errmsg(sqlite3_db_handle(handle)))
        return DatabaseError(resultCode: ResultCode(rawValue: code), message: message, sql: sql)
    }
}

/// The current row of a statement, read column by column from the left.
struct SQLRow {
    private let handle: SQLiteStatement
    private var column: Int32 = 0

    init(_ handle: SQLiteStatement) {
        self.handle = handle
    }

    /// Reads the next column.
    mutating func next<Value: SQLValue>(_ type: Value.Type = Value.self) throws -> Value {
        defer { column += 1 }
        return try Value(column: column, of: handle)
    }
}
