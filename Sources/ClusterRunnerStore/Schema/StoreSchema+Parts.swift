import GRDB

extension StoreSchema {
    /// Adds the column for the hand-outs of a subjob that is spread over several; empty for any other.
    static let addParts: Migration = { db in
        try db.execute(sql: "ALTER TABLE subjobs ADD COLUMN parts TEXT")
    }
}
