import ClusterRunnerConcurrency
package import ClusterRunnerPlugin
package import ClusterRunnerWire
import Foundation
import NIOHTTP1

/// A master's API for users.
package struct MasterClient: Sendable {
    let connection: MasterConnection

    /// Creates a client.
    package init(_ connection: MasterConnection) {
        self.connection = connection
    }

    /// The address of the master.
    package var address: MasterAddress { connection.address }

    /// Returns the version of the master; throws when it does not answer.
    package func version() async throws -> String {
        guard let version = try await get(APIPath.version)["version"]?.string else {
            throw ClusterRunnerError(.failed, "The answer of \(address) names no version of ClusterRunner.")
        }
        return version
    }

    /// Requests a build and returns its number.
    package func createBuild(_ fields: [String: JSONValue]) async throws -> Int {
        let body = try JSONCoding.encode(JSONValue.object(fields))
        let answer = try await connection.request(.POST, APIPath.builds, body: .bytes(body))
        guard let id = try object(in: answer)["build_id"]?.integer else {
            throw ClusterRunnerError(.failed, "The master accepted the build but named no build_id.")
        }
        return id
    }

    /// Reads a build once it has ended or `wait` is over, which is at most 60 seconds.
    package func build(_ id: Int, wait: Duration = .zero) async throws -> BuildStatus {
        let query = wait > .zero ? "?wait=\(wait.inSeconds)" : ""
        return try BuildStatus(try await get(APIPath.build(id) + query)["build"]?.object ?? [:])
    }

    /// Cancels a build; an ended one stays as it is.
    ///
    /// - Returns: The master's sentence about it.
    @discardableResult
    package func cancel(build: Int) async throws -> String {
        let body = try JSONCoding.encode(["status": "canceled"] as JSONValue)
        let answer = try await connection.request(.PUT, APIPath.build(build), body: .bytes(body))
        return try object(in: answer)["message"]?.string ?? ""
    }

    /// Reads the last lines of an atom's console output.
    package func console(build: Int, subjob: Int, atom: Int, lines: Int) async throws -> String {
        let path = APIPath.console(build: build, subjob: subjob, atom: atom) + "?max_lines=\(lines)"
        return try await get(path)["content"]?.string ?? ""
    }

    /// Lists the slaves in the API's form.
    package func slaves() async throws -> [JSONValue] {
        try await get(APIPath.slaves)["slaves"]?.array ?? []
    }

    /// Asks slaves to shut down after their current work; nil asks all.
    package func shutDown(slaves: [Int]?) async throws {
        let fields: JSONValue = slaves.map { ["slaves": .array($0.map(JSONValue.integer))] } ?? ["shutdown_all": true]
        let body = try JSONCoding.encode(fields)
        _ = try await connection.request(.POST, "\(APIPath.slaves)/shutdown", body: .bytes(body))
    }

    /// Downloads the archive of a build's results, with the directories of the selected atoms.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidState`` while the build is not finished.
    package func downloadArtifacts(
        build: Int,
        of selection: ResultsSelection = .all,
        to path: String
    ) async throws {
        let pieces = try await connection.stream(.GET, APIPath.artifacts(build: build, format: "tar.gz", of: selection))
        // Foundation would make the path absolute through a directory whose name may not be UTF-8.
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw ClusterRunnerError(.failed, "Cannot write \(path): \(systemMessage(errno)).")
        }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        defer { try? file.close() }
        for try await piece in pieces {
            do {
                try file.write(contentsOf: Data(piece))
            } catch {
                throw ClusterRunnerError("Cannot write \(path)", because: error)
            }
        }
    }

    func get(_ path: String) async throws -> [String: JSONValue] {
        try object(in: try await connection.request(.GET, path))
    }

    /// Decodes an answer as a JSON object.
    func object(in answer: [UInt8]) throws -> [String: JSONValue] {
        guard let members = try? JSONCoding.decodeObject(from: answer) else {
            throw ClusterRunnerError(
                .failed,
                "The service at \(address) is not a master of ClusterRunner: its answer is not a JSON object."
            )
        }
        return members
    }
}
