import ClusterRunnerPlugin

/// The parsed and checked parameters of a Mercurial project.
struct MercurialParameters: Sendable {
    /// The changeset to build.
    enum Revision: Sendable, Equatable {
        /// The tip of a branch.
        case branch(String)
        case tag(String)
        /// A hash in full or abbreviated, in lower case.
        case hash(String)
    }

    let url: MercurialURL
    let revision: Revision
    /// The project's directory inside the repository; empty for its root.
    let projectDirectory: ByteString
    /// Whether a slave pulls from the address instead of the master.
    let isFromURL: Bool

    private let values: [String: JSONValue]

    init(_ parameters: ProjectParameters) throws {
        values = parameters.values
        url = try MercurialURL(parameters.required("url"))
        revision = try Self.revision(in: parameters)
        projectDirectory = try Self.directory(in: parameters)
        isFromURL = values["from_url"] == true
    }

    /// Returns the parameters for a slave that is to get exactly this changeset.
    ///
    /// They have no credentials for a slave that asks the master instead of the address.
    func forSlave(hash: String, fromMaster: Bool) -> ProjectParameters {
        var values = Self.pinning(values, to: .string(hash))
        values["url"] = .string(fromMaster ? url.withoutCredentials : url.withCredentials)
        if !fromMaster { values["from_url"] = true }
        return ProjectParameters(values)
    }

    /// Replaces whatever names the changeset by its hash.
    static func pinning(_ values: [String: JSONValue], to hash: JSONValue) -> [String: JSONValue] {
        values.filter { !["branch", "tag"].contains($0.key) }.merging(["hash": hash]) { $1 }
    }

    private static func revision(in parameters: ProjectParameters) throws -> Revision {
        let given = ["branch", "tag", "hash"].filter { parameters[$0] != nil }
        guard given.count <= 1 else {
            let names = given.map { "\"\($0)\"" }.joined(separator: " and ")
            throw ClusterRunnerError(.invalidArgument, "Give only one of \(names): each names a changeset of its own.")
        }
        if let hash = parameters["hash"] {
            guard hash.wholeMatch(of: /[0-9a-fA-F]{4,40}/) != nil else {
                throw ClusterRunnerError(
                    .invalidArgument,
                    "\"hash\" must be 4 to 40 hexadecimal digits, not \"\(hash)\"."
                )
            }
            return .hash(hash.lowercased())
        }
        return parameters["tag"].map { .tag($0) } ?? .branch(parameters["branch"] ?? "default")
    }

    private static func directory(in parameters: ProjectParameters) throws -> ByteString {
        let given = parameters.values["project_directory"].flatMap(ByteString.init) ?? ""
        let parts = given.bytes.split(separator: UInt8(ascii: "/")).filter { $0 != [UInt8(ascii: ".")] }
        let isInside = given.bytes.first != UInt8(ascii: "/") && !parts.contains { Array($0) == Array("..".utf8) }
        guard isInside, parts.first.map({ Array($0) != Array(".hg".utf8) }) ?? true, !given.bytes.contains(0) else {
            throw ClusterRunnerError(
                .invalidArgument,
                "\"project_directory\" must be a path inside the repository, not \"\(given)\"."
            )
        }
        return ByteString(Array(parts.joined(separator: [UInt8(ascii: "/")])))
    }
}
