import ClusterRunnerDomain
import Foundation
import GRDB
import Testing

@testable import ClusterRunnerStore

struct DatabaseFileTests {
    private let files = FileManager.default

    private func mode(of path: String) throws -> Int? {
        try files.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test func `What is durable is seen by another connection at once`() async throws {
        try await withDatabasePath { path in
            let store = try SQLiteBuildStore(path: path)
            let other = try SQLiteBuildStore(path: path)
            for id in 1...20 {
                try await store.write(.build(plainBuild(BuildID(id))))
                #expect(try await other.build(BuildID(id)) == plainBuild(BuildID(id)))
            }
            try other.close()
            try store.close()
        }
    }

    @Test func `What is durable is in the files, whatever becomes of the process`() async throws {
        try await withDatabasePath { path in
            let store = try SQLiteBuildStore(path: path)
            for id in 1...20 {
                try await store.write(.build(plainBuild(BuildID(id))), .counter(.build, atLeast: id))
                let copy = "\(path)-copy\(id)"
                try files.copyItem(atPath: path, toPath: copy)
                try files.copyItem(atPath: path + "-wal", toPath: copy + "-wal")

                let survivor = try SQLiteBuildStore(path: copy)
                #expect(try await survivor.build(BuildID(id)) == plainBuild(BuildID(id)))
                #expect(try await survivor.counter(.build) == id)
                try survivor.close()
            }
            try store.close()
        }
    }

    @Test func `Every transaction is synced`() async throws {
        try await withDatabasePath { path in
            let store = try SQLiteBuildStore(path: path)
            let settings = try await store.database.writeWithoutTransaction { db in
                [try Int.fetchOne(db, sql: "PRAGMA synchronous"), try Int.fetchOne(db, sql: "PRAGMA foreign_keys")]
            }
            #expect(settings == [2, 1])
            #expect(try await store.read { db in try String.fetchOne(db, sql: "PRAGMA journal_mode") } == "wal")
            try store.close()
        }
    }

    @Test func `Directory and files are made for the owner only`() async throws {
        try await withDatabasePath { path in
            let existing = URL(fileURLWithPath: path).deletingLastPathComponent().path
            try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: existing)
            let nested = existing + "/a/b/builds.db"
            let store = try SQLiteBuildStore(path: nested)
            try await store.write(event(1))
            #expect(try mode(of: existing) == 0o755)
            #expect(try mode(of: existing + "/a") == 0o700)
            #expect(try mode(of: existing + "/a/b") == 0o700)
            #expect(try mode(of: nested) == 0o600)
            #expect(try mode(of: nested + "-wal") == 0o600)
            try store.close()
        }
    }

    @Test func `A file of a newer version is refused and left alone`() async throws {
        try await withDatabasePath { path in
            let newer = StoreSchema(migrations: StoreSchema.current.migrations + [{ _ in }, { _ in }])
            try SQLiteBuildStore(path: path, schema: newer).close()
            let before = try Data(contentsOf: URL(fileURLWithPath: path))
            let known = StoreSchema.current.version
            #expect(
                await message { _ = try SQLiteBuildStore(path: path) } == """
                    failed: The database "\(path)" was written by a newer ClusterRunner: it has version \(known + 2), and \
                    this one knows versions up to \(known). Start the newer ClusterRunner, or move the file away.
                    """
            )
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
        }
    }

    @Test func `A file of an older version is backed up once and migrated`() async throws {
        try await withDatabasePath { path in
            let backup = path + ".backup-v1"
            let first = StoreSchema(migrations: [StoreSchema.createTables])
            let second = StoreSchema(
                migrations: StoreSchema.current.migrations + [
                    { db in try db.execute(sql: "DELETE FROM events; CREATE TABLE more (x)") }
                ]
            )
            let old = try SQLiteBuildStore(path: path, schema: first)
            try await old.write(event(1))
            try old.insertOldBuild(1)
            #expect(!files.fileExists(atPath: backup))
            try old.close()
            try Data("unfinished".utf8).write(to: URL(fileURLWithPath: backup + ".unfinished"))

            let new = try SQLiteBuildStore(path: path, schema: second)
            #expect(try await new.events(after: 0, since: nil, limit: 9).isEmpty)
            #expect(try await new.rows(of: "more") == 0)
            #expect(try await new.build(1) == plainBuild(1))
            try new.close()
            #expect(!files.fileExists(atPath: backup + ".unfinished"))
            #expect(try mode(of: backup) == 0o600)

            let copied = try Data(contentsOf: URL(fileURLWithPath: backup))
            try SQLiteBuildStore(path: path, schema: second).close()
            #expect(try Data(contentsOf: URL(fileURLWithPath: backup)) == copied)
            #expect(!files.fileExists(atPath: path + ".backup-v2"))

            let restored = try SQLiteBuildStore(path: backup, schema: first)
            #expect(try await restored.events(after: 0, since: nil, limit: 9).count == 1)
            try restored.close()
        }
    }

    @Test func `Atoms of version 3 are read, and show not where they ran`() async throws {
        try await withDatabasePath { path in
            let third = StoreSchema(migrations: Array(StoreSchema.current.migrations.prefix(3)))
            let old = try SQLiteBuildStore(path: path, schema: third)
            try old.insertOldBuild(1)
            try old.execute(
                """
                INSERT INTO atoms (build_id, subjob_id, id, variable, value, state, attempts, exit_code, seconds)
                VALUES (1, 0, 0, 'T', 'v', 2, 1, 3, 0.5)
                """
            )
            try old.close()

            let new = try SQLiteBuildStore(path: path)
            var atom = try #require(try await new.atom(build: 1, subjob: 0, id: 0))
            #expect(atom.result == AtomResult(exitCode: 3, seconds: 0.5))
            #expect(atom.slaveID == nil && atom.executor == nil && atom.startedAt == nil)
            atom.startedAt = 7
            try await new.write(.atoms([atom]))
            #expect(try await new.atom(build: 1, subjob: 0, id: 0) == atom)
            try new.close()
        }
    }

    @Test func `A backup that exists is not overwritten`() async throws {
        try await withDatabasePath { path in
            let first = StoreSchema(migrations: [StoreSchema.createTables])
            try SQLiteBuildStore(path: path, schema: first).close()
            let backup = URL(fileURLWithPath: path + ".backup-v1")
            try Data("precious".utf8).write(to: backup)
            try SQLiteBuildStore(path: path, schema: StoreSchema(migrations: first.migrations + [{ _ in }])).close()
            #expect(try Data(contentsOf: backup) == Data("precious".utf8))
        }
    }

    @Test func `A migration that fails leaves the file as it was`() async throws {
        try await withDatabasePath { path in
            let first = StoreSchema(migrations: [StoreSchema.createTables])
            let old = try SQLiteBuildStore(path: path, schema: first)
            try await old.write(event(1))
            try old.close()
            let faulty = StoreSchema(migrations: [
                StoreSchema.createTables, { db in try db.execute(sql: "DELETE FROM events; DROP TABLE missing") },
            ])
            let message = await message { _ = try SQLiteBuildStore(path: path, schema: faulty) }
            #expect(
                message == "failed: Cannot open the database \"\(path)\": no such table: missing (SQLite error 1).",
                "\(message ?? "")"
            )
            let again = try SQLiteBuildStore(path: path, schema: first)
            #expect(try await again.events(after: 0, since: nil, limit: 9).count == 1)
            try again.close()
        }
    }

    @Test func `A database of somebody else is refused`() async throws {
        try await withDatabasePath { path in
            let other = try DatabaseQueue(path: path)
            try await other.write { db in try db.execute(sql: "CREATE TABLE theirs (x)") }
            try other.close()
            #expect(
                await message { _ = try SQLiteBuildStore(path: path) } == """
                    failed: The database "\(path)" was not written by ClusterRunner. Choose another path, or move the \
                    file away.
                    """
            )
        }
    }

    @Test func `A file that is no database is refused`() async throws {
        try await withDatabasePath { path in
            try Data(repeating: 65, count: 5_000).write(to: URL(fileURLWithPath: path))
            #expect(
                await message { _ = try SQLiteBuildStore(path: path) } == """
                    failed: Cannot open the database "\(path)": file is not a database (SQLite error 26). Restore it from \
                    a backup, or move it away to start anew.
                    """
            )
        }
    }

    @Test func `A start that was killed before its first migration is no obstacle`() async throws {
        try await withDatabasePath { path in
            let queue = try DatabaseQueue(path: path)
            try await queue.write { db in
                try db.execute(sql: "CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)")
            }
            try queue.close()
            let store = try SQLiteBuildStore(path: path)
            try await store.write(event(1))
            try store.close()
        }
    }

    @Test func `A path that cannot be used is named`() async throws {
        try await withDatabasePath { path in
            try files.createDirectory(atPath: path, withIntermediateDirectories: false)
            let directory = await message { _ = try SQLiteBuildStore(path: path) }
            #expect(
                directory == """
                    failed: Cannot open the database "\(path)": unable to open database file (SQLite error 14). \
                    Make it and its directory writable.
                    """
            )
            try Data().write(to: URL(fileURLWithPath: path + "/file"))
            let below = await message { _ = try SQLiteBuildStore(path: path + "/file/x.db") }
            #expect(below == "failed: Cannot create \"\(path)/file/x.db\": Not a directory.")
        }
    }
}
