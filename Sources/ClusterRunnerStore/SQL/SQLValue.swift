import ClusterRunnerDomain
import ClusterRunnerPlugin
import GRDB
import GRDBSQLite

/// A value in a column of the database.
///
/// GRDB's own conversions end a text at its first NUL, and its argument lists allocate for every row. These pass bytes
/// and their number straight to SQLite, so any text is read back unchanged.
protocol SQLValue {
    /// Binds the value to a parameter of a statement, counted from 1; returns SQLite's result code.
    func bind(to statement: SQLiteStatement, at index: Int32) -> Int32

    /// Reads the value of a column, counted from 0, in the current row of a statement.
    init(column: Int32, of statement: SQLiteStatement) throws
}

/// Tells SQLite to copy the value before the call returns.
private let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

extension Int: SQLValue {
    func bind(to statement: SQLiteStatement, at index: Int32) -> Int32 {
        sqlite3_bind_int64(statement, index, Int64(self))
    }

    init(column: Int32, of statement: SQLiteStatement) {
        self = Int(sqlite3_column_int64(statement, column))
    }
}

extension SQLValue where Self: Identifier {
    func bind(to statement: SQLiteStatement, at index: Int32) -> Int32 { rawValue.bind(to: statement, at: index) }

    init(column: Int32, of statement: SQLiteStatement) {
        self.init(rawValue: Int(column: column, of: statement))
    }
}

extension BuildID: SQLValue {}

extension SlaveID: SQLValue {}

extension SubjobID: SQLValue {}

extension AtomIndex: SQLValue {}

extension LeaseID: SQLValue {}

extension CaseID: SQLValue {}

extension Bool: SQLValue {
    func bind(to statement: SQLiteStatement, at index: Int32) -> Int32 {
        sqlite3_bind_int64(statement, index, self ? 1 : 0)
    }

    init(column: Int32, of statement: SQLiteStatement) {
        self = sqlite3_column_int64(statement, column) != 0
    }
}

extension Double: SQLValue {
    func bind(to statement: SQLiteStatement, at index: Int32) -> Int32 {
        sqlite3_bind_double(statement, index, self)
    }

    init(column: Int32, of statement: SQLiteStatement) {
        self = sqlite3_column_double(statement, column)
    }
}

extension String: SQLValue {
    func bind(to statement: SQLiteStatement, at index: Int32) -> Int32 {
        var text = self
        return text.withUTF8 { bytes in
            // An empty buffer may have no address, and a text without an address is NULL to SQLite.
            guard let start = bytes.baseAddress, !bytes.isEmpty else {
                return sqlite3_bind_text(statement, index, "", 0, copied)
            }
            return start.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
                sqlite3_bind_text64(statement, index, $0, UInt64(bytes.count), copied, UInt8(SQLITE_UTF8))
            }
        }
    }

    // Bytes that are not UTF-8 can only come from another program; they are repaired.
    init(column: Int32, of statement: SQLiteStatement) {
        // The length is asked for second: asking for the text may convert it.
        let start = sqlite3_column_text(statement, column)
        let count = Int(sqlite3_column_bytes(statement, column))
        self.init(decoding: UnsafeBufferPointer(start: start, count: start == nil ? 0 : count), as: UTF8.self)
    }
}

/// Stored as text, even where the bytes are not UTF-8: SQLite keeps, compares and orders them unchanged.
extension ByteString: SQLValue {
    func bind(to statement: SQLiteStatement, at index: Int32) -> Int32 {
        withBytes { bytes in
            guard let start = bytes.baseAddress, !bytes.isEmpty else {
                return sqlite3_bind_text(statement, index, "", 0, copied)
            }
            return start.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
                sqlite3_bind_text64(statement, index, $0, UInt64(bytes.count), copied, UInt8(SQLITE_UTF8))
            }
        }
    }

    init(column: Int32, of statement: SQLiteStatement) {
        // The length is asked for second: asking for the text may convert it.
        let start = sqlite3_column_text(statement, column)
        let count = Int(sqlite3_column_bytes(statement, column))
        self.init(UnsafeBufferPointer(start: start, count: start == nil ? 0 : count))
    }
}

extension [UInt8]: SQLValue {
    func bind(to statement: SQLiteStatement, at index: Int32) -> Int32 {
        withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress, !bytes.isEmpty else {
                return sqlite3_bind_zeroblob(statement, index, 0)
            }
            return sqlite3_bind_blob64(statement, index, start, UInt64(bytes.count), copied)
        }
    }

    init(column: Int32, of statement: SQLiteStatement) {
        let start = sqlite3_column_blob(statement, column)
        let count = Int(sqlite3_column_bytes(statement, column))
        self.init(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
    }
}

extension Optional: SQLValue where Wrapped: SQLValue {
    func bind(to statement: SQLiteStatement, at index: Int32) -> Int32 {
        self?.bind(to: statement, at: index) ?? sqlite3_bind_null(statement, index)
    }

    init(column: Int32, of statement: SQLiteStatement) throws {
        let isNull = sqlite3_column_type(statement, column) == SQLITE_NULL
        self = isNull ? nil : try Wrapped(column: column, of: statement)
    }
}
