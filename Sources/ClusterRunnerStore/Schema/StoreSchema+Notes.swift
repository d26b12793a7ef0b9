import GRDB

extension StoreSchema {
    /// Adds the column for the notes of an atom, a list in JSON; empty for an atom without any.
    static let addNotes: Migration = { db in
        try db.execute(sql: "ALTER TABLE atoms ADD COLUMN notes TEXT")
    }
}
