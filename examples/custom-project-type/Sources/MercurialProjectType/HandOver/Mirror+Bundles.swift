import ClusterRunnerPlugin
import Foundation

extension Mirror {
    /// Writes a changeset with its ancestors to a file, without those that the heads of a slave contain.
    func bundle(_ request: BundleRequest, to file: String) async throws {
        let bases = try await known(among: request.heads)
        let options = bases.isEmpty ? ["--base", "null"] : bases.flatMap { ["--base", $0] }
        let type = ["--quiet", "--repository", ".", "--type", "zstd-v2"]
        // Not to its standard output: hg removes the file of a bundle that it did not complete, even /dev/stdout.
        try await hg(["bundle"] + type + ["--rev", request.hash] + options + [file], in: path)
    }

    /// Returns the hashes that this mirror has too.
    private func known(among hashes: [String]) async throws -> [String] {
        guard !hashes.isEmpty else { return [] }
        let set = hashes.map { "id(\"\($0)\")" }.joined(separator: "+")
        return try await Self.hashes(set, in: path, hg)
    }

    /// Returns the newest heads of a repository.
    static func heads(of repository: String, _ hg: Hg) async throws -> [String] {
        let set = "last(heads(all()), \(BundleRequest.headLimit))"
        return try await hashes(set, in: repository, hg)
    }

    private static func hashes(_ set: String, in repository: String, _ hg: Hg) async throws -> [String] {
        let output = try await hg(
            ["log", "--repository", ".", "--rev", set, "--template", #"{node}\n"#],
            in: repository
        )
        return output.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    }
}
