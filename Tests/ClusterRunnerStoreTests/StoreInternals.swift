import ClusterRunnerDomain
import GRDB

@testable import ClusterRunnerStore

extension SQLiteBuildStore {
    /// Counts the rows of a table.
    func rows(of table: String) async throws -> Int {
        try await read { db in try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)") ?? -1 }
    }

    /// Runs statements behind the store's back.
    func execute(_ sql: String) throws {
        try database.unsafeReentrantWrite { db in try db.execute(sql: sql) }
    }

    /// Inserts the record of ``plainBuild(_:state:)`` into a file of the first version.
    func insertOldBuild(_ id: BuildID) throws {
        let counts = "completed_subjobs, completed_atoms, failed_atoms, flaky_atoms, executors_given"
        try execute(
            """
            INSERT INTO builds (id, state, \(counts)) VALUES (\(id), 0, 0, 0, 0, 0, 0);
            INSERT INTO requests (build_id, project_type, parameters) VALUES (\(id), 'git', '{}');
            """
        )
    }

    /// Keeps the writer busy while `body` runs, so that all queued changes become one group.
    func whileWriterIsBusy<Value>(_ body: () throws -> Value) rethrows -> Value {
        try database.unsafeReentrantWrite { _ in try body() }
    }
}

extension SQLiteBuildStore {
    /// Returns SQLite's plan for a statement with two parameters.
    func plan(of sql: String) async throws -> String {
        try await read { db in
            try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN " + sql, arguments: [1, 2])
                .map { row in row["detail"] as String }
                .joined(separator: "\n")
        }
    }

    /// Returns SQLite's plan for a query.
    func plan(of query: AtomQuery) async throws -> String {
        try await read { db in
            try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN " + AtomRecord.sql(for: query), arguments: [1, 2, 3, 4, 5])
                .map { row in row["detail"] as String }
                .joined(separator: "\n")
        }
    }
}
