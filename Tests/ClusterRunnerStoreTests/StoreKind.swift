import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerStore
import Foundation

/// The place of the store under test; every verb is tested on both.
enum StoreKind: CaseIterable {
    case disk
    case memory

    func withStore(_ body: (SQLiteBuildStore) async throws -> Void) async throws {
        switch self {
        case .memory:
            try await body(.inMemory())
        case .disk:
            try await withDatabasePath { path in
                let store = try SQLiteBuildStore(path: path)
                try await body(store)
                try store.close()
            }
        }
    }
}

/// Runs a body with a path for a database in a directory of its own, which is removed afterwards.
func withDatabasePath(_ body: (String) async throws -> Void) async throws {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("store-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    try await body(directory.appendingPathComponent("clusterrunner.db").path)
}

extension SQLiteBuildStore {
    /// Queues changes and waits until they are durable.
    func write(_ changes: StoreChange...) async throws {
        try await enqueue(changes).durable()
    }
}

/// Returns the message of the error that `body` throws, or nil.
func message(of body: () async throws -> Void) async -> String? {
    do {
        try await body()
        return nil
    } catch let error as ClusterRunnerError {
        return "\(error.code): \(error.message)"
    } catch {
        return "not a ClusterRunnerError: \(error)"
    }
}

/// Makes a record with the required fields only.
func plainBuild(_ id: BuildID, state: BuildState = .queued) -> BuildRecord {
    BuildRecord(id: id, projectType: "git", parameters: ProjectParameters([:]), state: state)
}

/// Makes an event with a number.
func event(_ number: Int, at timestamp: Double = 0) -> StoreChange {
    .event(EventRecord(tag: "COUNTED", timestamp: timestamp, data: ["number": .integer(number)]))
}
