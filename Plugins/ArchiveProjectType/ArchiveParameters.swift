import ClusterRunnerFiles
import ClusterRunnerPlugin

/// The parameters of a project from an archive or an upload.
struct ArchiveParameters {
    /// The address of an archive.
    let url: String?
    /// The SHA-256 that the archive must have.
    let digest: ContentHash?
    /// The digest of the files that were uploaded or unpacked.
    let tree: ContentHash?
    /// The name by which the project's history is kept.
    let project: String
    /// The path of the project in the files; empty for the top.
    let directory: ByteString

    init(_ parameters: ProjectParameters) throws {
        guard parameters.values["path"] == nil else {
            throw Self.invalid(
                "\"path\" is for \"clusterrunner build archive --path FOLDER\", which uploads the folder first. A request "
                    + "of the API names a \"url\", or the \"tree\" of an earlier upload."
            )
        }
        url = try parameters["url"].map(Self.checked)
        tree = try Self.hash(parameters["tree"], "tree")
        digest = try Self.hash(parameters["digest"].map(Self.withoutAlgorithm), "digest")
        guard url != nil || tree != nil else {
            throw Self.invalid(
                "An archive needs \"url\", the address of a tar or zip file, or \"path\" (--path), a folder or an archive of "
                    + "this machine."
            )
        }
        guard digest == nil || url != nil else {
            throw Self.invalid("\"digest\" is the SHA-256 of the archive at \"url\", which is missing.")
        }
        directory = try Self.directory(parameters.values["project_directory"].flatMap(ByteString.init))
        project = parameters["project"] ?? url.map(Self.withoutQuery) ?? tree.map { "\($0)" } ?? ""
    }

    /// The parameters for slaves, which get the files of a tree from the master.
    func forSlave(_ tree: ContentHash) -> ProjectParameters {
        ProjectParameters([
            "tree": .string("\(tree)"), "project": .string(project), "project_directory": directory.json,
        ])
    }

    private static func checked(_ url: String) throws -> String {
        let scheme = url.prefix { $0 != ":" }.lowercased()
        guard ["http", "https", "file"].contains(scheme), url.contains("://") else {
            throw invalid(
                "\"url\" must begin with http://, https:// or file://, unlike \"\(Credentials.masked(in: url))\"."
            )
        }
        return url
    }

    private static func withoutAlgorithm(_ digest: String) -> String {
        digest.hasPrefix("sha256:") ? String(digest.dropFirst("sha256:".count)) : digest
    }

    private static func hash(_ text: String?, _ name: String) throws -> ContentHash? {
        guard let text else { return nil }
        guard let hash = ContentHash(text) else {
            throw invalid("\"\(name)\" must be a SHA-256, 64 hexadecimal digits, not \"\(text)\".")
        }
        return hash
    }

    private static func directory(_ path: ByteString?) throws -> ByteString {
        guard let path, !path.isEmpty, path != "." else { return "" }
        let names = path.names.filter { !$0.isEmpty && $0 != "." }
        guard !path.isAbsolute, !names.contains(".."), !path.bytes.contains(0) else {
            throw invalid("\"project_directory\" must be a relative path inside the files, not \"\(path)\".")
        }
        return ByteString(names: names)
    }

    private static func withoutQuery(_ url: String) -> String {
        String(Credentials.masked(in: url).prefix { $0 != "?" && $0 != "#" })
    }

    private static func invalid(_ sentence: String) -> ClusterRunnerError {
        ClusterRunnerError(.invalidArgument, sentence)
    }
}
