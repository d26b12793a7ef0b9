import ClusterRunnerPlugin
import Foundation
import GRDB
import Logging

/// The file of a store, which is created if missing, checked, and backed up before it is opened.
struct DatabaseFile {
    /// Its path.
    let path: String

    /// Prepares the file for the migration to `schema`.
    ///
    /// - Throws: ``ClusterRunnerError`` when the file is newer than the schema, or belongs to another program.
    func prepare(for schema: StoreSchema, logger: Logger?) throws {
        try createIfMissing()
        // Otherwise the store would wait for a file to become writable, as it waits for disk space.
        guard access(path, W_OK) == 0 else {
            throw ClusterRunnerError(
                .failed,
                "Cannot write to the database \"\(path)\": \(systemMessage(errno)). Make it and its directory writable."
            )
        }
        // Not a pool, which would write to a file that may be refused.
        let database = try DatabaseQueue(path: path, configuration: .store)
        let version = try database.read { db in try checkedVersion(of: db, for: schema) }
        if version > 0, version < schema.version {
            try backUp(database, version: version, logger: logger)
        }
        try database.close()
    }

    // Requests can carry passwords in URLs, so no other user may read the file. SQLite gives its companion files the
    // same mode.
    private func createIfMissing() throws {
        let files = FileManager.default
        let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
        if !files.fileExists(atPath: directory) {
            try files.createDirectory(
                atPath: directory,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        }
        if !files.fileExists(atPath: path) { try createEmptyFile(at: path) }
    }

    private func createEmptyFile(at path: String) throws {
        let descriptor = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw ClusterRunnerError(.failed, "Cannot create \"\(path)\": \(systemMessage(errno)).")
        }
        close(descriptor)
    }

    private func checkedVersion(of db: Database, for schema: StoreSchema) throws -> Int {
        let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        guard version <= schema.version else {
            throw ClusterRunnerError(
                .failed,
                """
                The database "\(path)" was written by a newer ClusterRunner: it has version \(version), and this one \
                knows versions up to \(schema.version). Start the newer ClusterRunner, or move the file away.
                """
            )
        }
        // A start that was killed before its first migration leaves a table of the migrator behind.
        let tables = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'grdb_*'"
        guard try version > 0 || Int.fetchOne(db, sql: tables) == 0 else {
            throw ClusterRunnerError(
                .failed,
                "The database \"\(path)\" was not written by ClusterRunner. Choose another path, or move the file away."
            )
        }
        return version
    }

    // The backup appears as a whole or not at all, so that an existing one can be trusted and is never overwritten.
    private func backUp(_ database: DatabaseQueue, version: Int, logger: Logger?) throws {
        let files = FileManager.default
        let backup = "\(path).backup-v\(version)"
        guard !files.fileExists(atPath: backup) else { return }
        let unfinished = backup + ".unfinished"
        if files.fileExists(atPath: unfinished) { try files.removeItem(atPath: unfinished) }
        try createEmptyFile(at: unfinished)
        try database.vacuum(into: unfinished)
        try files.moveItem(atPath: unfinished, toPath: backup)
        logger?.notice("Backed up the database before its migration.", metadata: ["backup": "\(backup)"])
    }
}

extension Configuration {
    /// The configuration of every connection of a store.
    static var store: Self {
        var configuration = Self()
        configuration.label = "clusterrunner.store"
        // Another tool may read the file, which takes a lock for an instant.
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = 4
        configuration.persistentReadOnlyConnections = true
        return configuration
    }
}
