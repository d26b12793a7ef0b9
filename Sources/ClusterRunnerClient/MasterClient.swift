import ClusterRunnerConcurrency
package import ClusterRunnerDomain
import ClusterRunnerFiles
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
        try await get(APIPath.version, VersionAnswer.self).version
    }

    /// Requests a build and returns its number.
    package func createBuild(_ fields: [String: JSONValue]) async throws -> BuildID {
        try await requestBuild(fields).id
    }

    /// Requests a build, or with `joins` the unfinished one of the same request.
    package func requestBuild(
        _ fields: [String: JSONValue],
        joins: Bool = false,
        requester: String? = nil
    ) async throws -> BuildCreatedAnswer {
        var fields = fields
        if joins { fields["join"] = true }
        if let requester { fields["requester"] = .string(requester) }
        let body = try JSONCoding.encode(JSONValue.object(fields))
        let answer = try await connection.request(.POST, APIPath.builds, body: .bytes(body))
        return try read(BuildCreatedAnswer.self, in: answer)
    }

    /// Sends a message of an upload to a project type of the master, and returns its answer.
    package func upload(_ message: [UInt8], type: String) async throws -> [UInt8] {
        try await connection.request(.POST, APIPath.upload(type: type), body: .bytes(message))
    }

    /// Reads a build once it has ended or `wait` is over, which is at most 60 seconds.
    package func build(_ id: BuildID, wait: Duration = .zero) async throws -> BuildRepresentation {
        let query = wait > .zero ? "?wait=\(wait.inSeconds)" : ""
        return try await get(APIPath.build(id) + query, BuildAnswer.self).build
    }

    /// Cancels a build; an ended one stays as it is.
    ///
    /// - Returns: The master's sentence about it.
    @discardableResult
    package func cancel(build: BuildID) async throws -> String {
        let body = try JSONCoding.encode(["status": "canceled"] as JSONValue)
        let answer = try await connection.request(.PUT, APIPath.build(build), body: .bytes(body))
        return try read(MessageAnswer.self, in: answer).message
    }

    /// Deletes an ended build with its results.
    ///
    /// - Returns: The master's sentence about it.
    package func delete(build: BuildID) async throws -> String {
        try read(MessageAnswer.self, in: try await connection.request(.DELETE, APIPath.build(build))).message
    }

    /// Reads the last lines of an atom's console output.
    package func console(build: BuildID, subjob: SubjobID, atom: AtomIndex, lines: Int) async throws -> String {
        let path = APIPath.console(build: build, subjob: subjob, atom: atom) + "?max_lines=\(lines)"
        return try await get(path, ConsoleAnswer.self).content
    }

    /// Lists the slaves in the API's form.
    package func slaves() async throws -> [SlaveRepresentation] {
        try await get(APIPath.slaves, SlavesAnswer.self).slaves
    }

    /// Asks slaves to shut down after their current work; nil asks all.
    package func shutDown(slaves: [SlaveID]?) async throws {
        let fields: JSONValue = slaves.map { ["slaves": .array($0.map(JSONValue.integer))] } ?? ["shutdown_all": true]
        let body = try JSONCoding.encode(fields)
        _ = try await connection.request(.POST, "\(APIPath.slaves)/shutdown", body: .bytes(body))
    }

    /// Keeps new work from a slave, or gives it work again.
    ///
    /// - Returns: The master's sentence about it.
    package func setDraining(_ isDraining: Bool, slave: SlaveID) async throws -> String {
        let body = try JSONCoding.encode(["state": isDraining ? "draining" : "active"] as JSONValue)
        let answer = try await connection.request(.PUT, APIPath.slave(slave), body: .bytes(body))
        return try read(MessageAnswer.self, in: answer).message
    }

    /// Downloads the archive of a build's results, with the directories of the selected atoms.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidState`` while the build is not finished.
    package func downloadArtifacts(
        build: BuildID,
        of selection: ResultsSelection = .all,
        to path: String
    ) async throws {
        let pieces = try await connection.stream(.GET, APIPath.artifacts(build: build, format: "tar.gz", of: selection))
        // Foundation would make the path absolute through a directory whose name may not be UTF-8.
        let file = try attempting("Cannot write \(path)", code: .failed) {
            try OpenFile(path, O_WRONLY | O_CREAT | O_TRUNC, permissions: 0o666)
        }
        for try await piece in pieces {
            try attempting("Cannot write \(path)") { try file.writeAll(piece) }
        }
    }

    func get<Answer: Decodable>(_ path: String, _ type: Answer.Type) async throws -> Answer {
        try read(type, in: try await connection.request(.GET, path))
    }

    /// Reads an answer.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/failed`` that names the key which is missing or
    ///   has another kind of value.
    func read<Answer: Decodable>(_ type: Answer.Type, in answer: [UInt8]) throws -> Answer {
        do {
            return try JSONCoding.decode(type, from: answer)
        } catch let error as ClusterRunnerError {
            guard (try? JSONCoding.decodeObject(from: answer)) != nil else {
                throw ClusterRunnerError(
                    .failed,
                    "What answers at \(address) is not a master of ClusterRunner: its answer is not a JSON object."
                )
            }
            throw ClusterRunnerError(
                .failed,
                "The answer of the master at \(address) is not one of this version's API. \(error.message)",
                cause: error
            )
        }
    }
}
