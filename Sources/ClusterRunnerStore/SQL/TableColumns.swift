/// The columns of a table in the order in which its rows are written and read.
///
/// The statements are made from it, so that a column's name stands here and in the schema only.
///
/// ## Why not GRDB's records
///
/// They bind and read text by GRDB's own conversions, which end it at the first NUL and repair what is not UTF-8; see
/// ``SQLValue``.
struct TableColumns: Sendable {
    private let table: String
    private let key: ArraySlice<String>
    private let names: [String]
    /// The columns for `SELECT`, each with its table's name.
    let selected: String

    /// Creates the list of columns; the first `key` of them identify a row.
    init(_ table: String, key: Int = 0, _ names: String...) {
        self.table = table
        self.key = names.prefix(key)
        self.names = names
        selected = Self.list(names.map { "\(table).\($0)" })
    }

    /// The columns for `SELECT`, with NULL in the place of one.
    func selected(without name: String) -> String { Self.list(names.map { $0 == name ? "NULL" : "\(table).\($0)" }) }

    /// A statement that inserts a row.
    var insert: String { "\(into) VALUES (\(parameters))" }

    /// A statement that inserts a row if a condition holds.
    func insert(where condition: String) -> String { "\(into) SELECT \(parameters) WHERE \(condition)" }

    /// A statement that writes a row in place of the one with its key.
    ///
    /// Never `INSERT OR REPLACE`: it would delete the old row first, and with it all rows that refer to it.
    var upsert: String { insert + replacement }

    /// A statement that writes a row in place of the one with its key, if a condition holds.
    func upsert(where condition: String) -> String { insert(where: condition) + replacement }

    private var into: String { "INSERT INTO \(table) (\(Self.list(names)))" }
    private var parameters: String { Self.list(names.map { _ in "?" }) }

    private var replacement: String {
        let changes = names.dropFirst(key.count).map { "\($0) = excluded.\($0)" }
        return " ON CONFLICT (\(Self.list(key))) DO UPDATE SET \(Self.list(changes))"
    }

    private static func list(_ items: some Sequence<String>) -> String { items.joined(separator: ", ") }
}
