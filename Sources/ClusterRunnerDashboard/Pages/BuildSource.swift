import ClusterRunnerDomain
import ClusterRunnerPlugin

/// The origin of a build: branch and commit of its project, and its requester.
struct BuildSource: Sendable {
    let branch: String?
    /// The beginning of the commit's hash.
    let commit: String?
    let wholeCommit: String?
    let requester: String?
    let hasRevision: Bool

    init(_ build: BuildRecord) {
        branch = Self.text(build.parameters.values["branch"])
        // The fetch knows the whole hash, the request perhaps the beginning of it.
        wholeCommit = Self.text(build.slaveParameters?.values["hash"]) ?? Self.text(build.parameters.values["hash"])
        commit = wholeCommit.map { String($0.prefix(8)) }
        requester = build.requester.flatMap { $0.isEmpty ? nil : $0 }
        hasRevision = branch != nil || commit != nil
    }

    private static func text(_ value: JSONValue?) -> String? { value?.string.flatMap { $0.isEmpty ? nil : $0 } }
}
