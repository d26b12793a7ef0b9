package import ClusterRunnerPlugin
import ClusterRunnerWire
import NIOHTTP1

/// The API's own objects, for commands that show them.
extension MasterClient {
    /// Reads a build as a JSON object.
    package func buildObject(_ id: Int) async throws -> JSONValue {
        try await get(APIPath.build(id))["build"] ?? .null
    }

    /// Reads all builds as JSON objects, oldest first.
    package func builds() async throws -> [JSONValue] {
        try await get(APIPath.builds)["builds"]?.array ?? []
    }

    /// Reads the outputs of a build's atomizers, set-ups and teardowns: `atomizer` and `commands`.
    package func setup(build: Int) async throws -> JSONValue {
        let answer = try await get(APIPath.build(build) + "/setup")
        return .object(answer.filter { ["atomizer", "commands"].contains($0.key) })
    }

    /// Reads one atom of a build.
    package func atom(build: Int, subjob: Int, atom: Int) async throws -> ReportedAtom {
        let path = "\(APIPath.subjob(build: build, subjob))/atom/\(atom)"
        return ReportedAtom(try await get(path)["atom"]?.object ?? [:])
    }

    /// Retries a build, or only its failed atoms, and returns the new build's number.
    package func retry(build: Int, onlyFailed: Bool) async throws -> Int {
        let fields: JSONValue = onlyFailed ? ["failed": true] : [:]
        let path = APIPath.build(build) + "/retry"
        let answer = try await connection.request(.POST, path, body: .bytes(try JSONCoding.encode(fields)))
        guard let id = try object(in: answer)["build_id"]?.integer else {
            throw ClusterRunnerError(.failed, "The master accepted the retry but named no build_id.")
        }
        return id
    }
}

/// A page of lines of an atom's output.
package struct ConsolePage: Sendable, Equatable {
    /// The text.
    package let content: String
    /// The number of lines in it.
    package let lines: Int
    /// The current number of lines of the whole output.
    package let total: Int
}

extension MasterClient {
    /// Reads lines of an atom's output from one on, up to the master's limit; the default is the newest attempt.
    package func consolePage(
        build: Int,
        subjob: Int,
        atom: Int,
        attempt: Int? = nil,
        offset: Int,
        lines: Int
    ) async throws -> ConsolePage {
        let path = APIPath.console(build: build, subjob: subjob, atom: atom)
        let choice = attempt.map { "&attempt=\($0)" } ?? ""
        let answer = try await get("\(path)?offset_line=\(offset)&max_lines=\(lines)\(choice)")
        return ConsolePage(
            content: answer["content"]?.string ?? "",
            lines: answer["num_lines"]?.integer ?? 0,
            total: answer["total_num_lines"]?.integer ?? 0
        )
    }
}
