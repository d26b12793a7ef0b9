import GRDB

extension StoreSchema {
    /// Adds the column for the notes of an atom, a list in JSON; empty for an atom without any.
    static let addNotes: Migration = { db in
        try db.execute(sql: "ALTER TABLE atoms ADD COLUMN notes TEXT")
    }

    /// Adds the column for the notes of a build, a list in JSON; empty for a build without any.
    static let addBuildNotes: Migration = { db in
        try db.execute(sql: "ALTER TABLE requests ADD COLUMN notes TEXT")
    }
}
