import ClusterRunnerPlugin

extension Mirror {
    /// Returns the hash of the changeset that a revision names.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/failed`` when the repository has none of that name.
    func hash(of revision: MercurialParameters.Revision, _ url: String) async throws -> String {
        switch revision {
        case .hash(let digits):
            if let hash = try await hash(startingWith: digits) { return hash }
            throw try await unknown(digits, url)
        case .branch(let name):
            let branches = try await names("branches", #"{branch}\0{node}\0"#, ["--closed"])
            return try Self.choose(name, from: branches, "branch", url)
        case .tag(let name):
            return try Self.choose(name, from: try await names("tags", #"{tag}\0{node}\0"#), "tag", url)
        }
    }

    /// Returns the full hash of the only changeset whose hash starts with these hexadecimal digits.
    func hash(startingWith digits: String) async throws -> String? {
        guard generation != nil else { return nil }
        // `id` alone also knows the working directory, as a changeset of nothing but "f".
        let set = "all() and id(\"\(digits)\")"
        let output = try await hg(["log", "--repository", ".", "--rev", set, "--template", "{node}"], in: path)
        return output.isEmpty ? nil : String(decoding: output, as: UTF8.self)
    }

    /// Lists names and their hashes.
    ///
    /// The name of a request is compared here instead of being part of a command: there, characters such as `:` have a
    /// meaning, and a branch, a tag and a bookmark may have one name.
    private func names(
        _ command: String,
        _ template: String,
        _ options: [String] = []
    ) async throws -> [String: String] {
        let output = try await hg([command, "--repository", ".", "--template", template] + options, in: path)
        let fields = output.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        return stride(from: 0, to: fields.count - 1, by: 2).reduce(into: [:]) { $0[fields[$1]] = fields[$1 + 1] }
    }

    private static func choose(
        _ name: String,
        from known: [String: String],
        _ kind: String,
        _ url: String
    ) throws -> String {
        if let hash = known[name] { return hash }
        let start = "The repository \(url) has no \(kind) \"\(name)\"."
        guard !known.isEmpty else { throw ClusterRunnerError(.failed, "\(start) It is empty: push a changeset first.") }
        if let near = nearestName(to: name, among: known.keys) {
            throw ClusterRunnerError(.failed, "\(start) Did you mean \"\(near)\"?")
        }
        let shown = known.keys.sorted().prefix(10).map { "\"\($0)\"" }.joined(separator: ", ")
        let rest = known.count > 10 ? " and \(known.count - 10) more" : ""
        throw ClusterRunnerError(.failed, "\(start) It has \(shown)\(rest).")
    }

    private func unknown(_ digits: String, _ url: String) async throws -> ClusterRunnerError {
        let arguments = ["log", "--repository", ".", "--rev", digits, "--template", ""]
        let end = try await hg.end(of: arguments, in: path)
        if String(decoding: end.errors, as: UTF8.self).contains("ambiguous") {
            return ClusterRunnerError(
                .failed,
                "The hash \"\(digits)\" is ambiguous in \(url): several changesets start with it. Give more digits."
            )
        }
        return ClusterRunnerError(
            .failed,
            "The repository \(url) has no changeset \"\(digits)\". Check the hash, and whether the changeset was pushed."
        )
    }
}
