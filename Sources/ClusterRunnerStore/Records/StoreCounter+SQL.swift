import ClusterRunnerDomain
import GRDB

extension StoreCounter {
    /// Raises the counter, unless its value is already higher.
    func raise(to value: Int, in db: Database) throws {
        try SQLStatement(Self.upsert, in: db).run(rawValue, value)
    }

    /// Reads its value; 0 if it was never raised.
    func read(from db: Database) throws -> Int {
        try SQLStatement("SELECT value FROM counters WHERE name = ?", in: db)
            .rows(rawValue) { row in try row.next(Int.self) }
            .first ?? 0
    }

    private static let upsert = """
        INSERT INTO counters (name, value) VALUES (?, ?)
        ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)
        """
}
