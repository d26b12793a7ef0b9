package import ClusterRunnerPlugin
import ClusterRunnerWire
import NIOHTTP1

/// Builds as the API shows them, for people who look.
extension MasterClient {
    /// A build as a JSON object.
    package func buildObject(_ id: Int) async throws -> JSONValue {
        try await get(APIPath.build(id))["build"] ?? .null
    }

    /// All builds as JSON objects, oldest first.
    package func builds() async throws -> [JSONValue] {
        try await get(APIPath.builds)["builds"]?.array ?? []
    }

    /// What atomizers, set-ups and teardowns of a build printed: `atomizer` and `commands`.
    package func setup(build: Int) async throws -> JSONValue {
        let answer = try await get(APIPath.build(build) + "/setup")
        return .object(answer.filter { ["atomizer", "commands"].contains($0.key) })
    }

    /// One atom of a build.
    package func atom(build: Int, subjob: Int, atom: Int) async throws -> ReportedAtom {
        let path = "\(APIPath.subjob(build: build, subjob))/atom/\(atom)"
        return ReportedAtom(try await get(path)["atom"]?.object ?? [:])
    }

    /// Requests what was built once more, or only the atoms of it that failed, and returns the new build's number.
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

/// Some lines of an atom's output.
package struct ConsolePage: Sendable, Equatable {
    /// The text.
    package let content: String
    /// How many lines it is.
    package let lines: Int
    /// How many lines there are in all, now.
    package let total: Int
}

extension MasterClient {
    /// The lines of an atom's output from one on, as many as the master gives at a time; those of its newest attempt where
    /// no number is given.
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
