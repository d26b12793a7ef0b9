import CGit2
import ClusterRunnerPlugin

/// The parsed and checked parameters of a git project.
struct GitParameters: Sendable {
    /// The address of the repository.
    let url: GitURL
    /// The name of the remote in workspaces and messages.
    let remote: String
    /// The branch to build; nil for the remote's default branch.
    let branch: String?
    /// The commit to build, in full or abbreviated, in lower case; nil for the newest of the branch.
    let hash: String?
    /// The project's directory inside the repository; empty for its root.
    let projectDirectory: String
    /// The checkouts of the master; nil in a request.
    let checkouts: [Checkout]?
    /// Whether a slave fetches from the remote instead of the master.
    let isFromRemote: Bool

    private let values: [String: JSONValue]

    init(_ parameters: ProjectParameters) throws {
        values = parameters.values
        url = try GitURL(parameters.required("url"))
        remote = parameters["remote"] ?? "origin"
        branch = parameters["branch"]
        hash = parameters["hash"]?.lowercased()
        projectDirectory = try RelativePath.checked(parameters["project_directory"] ?? "", called: "project_directory")
        checkouts = try parameters.values["checkouts"].map(Checkout.list)
        isFromRemote = parameters.values["from_remote"] == true
        try Self.check(remote: remote)
        if let branch { try Self.check(branch: branch) }
        if let hash = parameters["hash"] { try Self.check(hash: hash) }
    }

    /// Returns the parameters for a slave that is to get the same checkouts as the master.
    ///
    /// They have no credentials for a slave that asks the master instead of the remote.
    func forSlave(checkouts: [Checkout], fromMaster: Bool) -> ProjectParameters {
        var values = values
        values["hash"] = checkouts.first.map { .string("\($0.commit)") }
        values["url"] = .string(fromMaster ? url.withoutCredentials : url.withCredentials)
        values["checkouts"] = .array(checkouts.map(\.json))
        if !fromMaster { values["from_remote"] = true }
        return ProjectParameters(values)
    }

    private static func check(remote: String) throws {
        LibGit2.start()
        var isValid: Int32 = 0
        guard git_remote_name_is_valid(&isValid, remote) == 0, isValid == 1, !remote.hasPrefix("-") else {
            throw ClusterRunnerError(.invalidArgument, "\"remote\" is not a name for a remote: \"\(remote)\".")
        }
    }

    private static func check(branch: String) throws {
        LibGit2.start()
        var isValid: Int32 = 0
        let reference = branch.hasPrefix("refs/") ? branch : "refs/heads/\(branch)"
        guard git_reference_name_is_valid(&isValid, reference) == 0, isValid == 1, !branch.hasPrefix("-") else {
            throw ClusterRunnerError(.invalidArgument, "\"branch\" is not a name for a branch: \"\(branch)\".")
        }
    }

    private static func check(hash: String) throws {
        guard (4...40).contains(hash.utf8.count), hash.utf8.allSatisfy(\.isHexDigit) else {
            throw ClusterRunnerError(
                .invalidArgument,
                "\"hash\" must be 4 to 40 hexadecimal digits, not \"\(hash)\"."
            )
        }
    }
}

/// One commit at one place of the workspace: of the repository itself, or of a submodule.
struct Checkout: Sendable, Equatable {
    /// The path in the workspace; empty for the repository itself.
    let path: String
    /// The address of its repository.
    var url: GitURL
    /// The commit.
    let commit: ObjectID
    /// The commits at which the history is cut off, as in the remote itself.
    var boundaries: [ObjectID] = []
    /// The digest of the list of references for its workspace.
    var references: ObjectID?
    /// Whether the master has contents of Git LFS for its files.
    var hasContents = false

    /// Makes a path of the workspace relative to this checkout, which contains it.
    func relative(_ path: String) -> String { self.path.isEmpty ? path : String(path.dropFirst(self.path.count + 1)) }

    /// Returns the paths inside a checkout where others are checked out.
    static func submodules(of checkout: Checkout, among all: [Checkout]) -> [String] {
        let prefix = checkout.path.isEmpty ? "" : "\(checkout.path)/"
        return all.map(\.path).filter { $0.hasPrefix(prefix) && $0 != checkout.path }.map(checkout.relative)
    }

    /// The checkout in the form for a slave, without credentials.
    var json: JSONValue {
        var values: [String: JSONValue] = [
            "path": .string(path), "repository": .string(url.withoutCredentials), "commit": .string("\(commit)"),
        ]
        if hasContents { values["contents"] = true }
        if let references { values["references"] = .string("\(references)") }
        if !boundaries.isEmpty { values["boundaries"] = .array(boundaries.map { .string("\($0)") }) }
        return .object(values)
    }

    /// Decodes a list of ``json`` values.
    static func list(_ json: JSONValue) throws -> [Checkout] {
        try (json.array ?? []).map { element in
            guard let path = element.object?["path"]?.string,
                let url = element.object?["repository"]?.string,
                let commit = element.object?["commit"]?.string.flatMap(ObjectID.init(hex:))
            else { throw ClusterRunnerError(.invalidArgument, "The master sent a malformed list of commits.") }
            let boundaries = element.object?["boundaries"]?.array ?? []
            return try Checkout(
                path: RelativePath.checked(path, called: "path"),
                url: GitURL(url),
                commit: commit,
                boundaries: boundaries.compactMap { $0.string.flatMap(ObjectID.init(hex:)) },
                references: element.object?["references"]?.string.flatMap(ObjectID.init(hex:)),
                hasContents: element.object?["contents"] == true
            )
        }
    }
}

/// Paths that stay inside the directory that they are appended to.
enum RelativePath {
    /// Returns the path in its shortest form; empty for the directory itself.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument`` when it is absolute, contains
    ///   `..`, or leads into git's own directory.
    static func checked(_ path: String, called name: String) throws -> String {
        let parts = path.split(separator: "/").filter { $0 != "." }
        let isInside = !path.hasPrefix("/") && !parts.contains { $0 == ".." || $0.lowercased() == ".git" }
        guard isInside, !path.unicodeScalars.contains(where: \.isControl) else {
            throw ClusterRunnerError(
                .invalidArgument,
                "\"\(name)\" must be a path inside the repository, not \"\(GitURL.redacted(path))\"."
            )
        }
        return parts.joined(separator: "/")
    }
}
