import CGit2
import ClusterRunnerCore
import Foundation

/// A directory in which one commit is checked out.
///
/// It is a whole repository, so that jobs may ask git about it, but takes all objects from the mirror. Nothing that a
/// job does in it reaches the mirror or another workspace.
struct Workspace {
    let directory: String
    /// What the remote is called in it.
    let remote: String
    let stop: StopFlag

    /// Fills the directory, which is empty or missing.
    func checkOut(_ commit: ObjectID, from mirror: Mirror) throws {
        do {
            try makeRepository(from: mirror)
            try withHandle(
                freedBy: git_repository_free,
                from: { git_repository_open(&$0, directory) },
                { try fill($0, commit, from: mirror) }
            )
        } catch let failure as GitFailure {
            throw ClusterRunnerError(
                .failed,
                "Checking out the commit \(commit) of \(mirror.url.withoutCredentials) failed: \(failure).",
                cause: failure.asCause
            )
        }
    }

    private func makeRepository(from mirror: Mirror) throws {
        try withHandle(freedBy: git_repository_free, from: { git_repository_init(&$0, directory, 0) }) { _ in }
        try Data("\(mirror.path)/objects\n".utf8)
            .write(to: URL(filePath: "\(directory)/.git/objects/info/alternates"))
        let boundaries = try mirror.withRepository { try Mirror.boundaries(in: $0) }
        guard !boundaries.isEmpty else { return }
        try Data(boundaries.map { "\($0)\n" }.joined().utf8).write(to: URL(filePath: "\(directory)/.git/shallow"))
    }

    private func fill(_ repository: OpaquePointer, _ commit: ObjectID, from mirror: Mirror) throws {
        try withHandle(
            freedBy: git_remote_free,
            from: { git_remote_create(&$0, repository, remote, mirror.url.withoutCredentials) },
            { _ in }
        )
        var oid = commit.oid
        try checked(git_repository_set_head_detached(repository, &oid))
        var options = git_checkout_options()
        try checked(git_checkout_options_init(&options, UInt32(GIT_CHECKOUT_OPTIONS_VERSION)))
        options.checkout_strategy = GIT_CHECKOUT_FORCE.rawValue
        // Reports each file before it is written, and is the only callback of a checkout that can stop it.
        options.notify_flags = GIT_CHECKOUT_NOTIFY_ALL.rawValue
        options.notify_payload = Unmanaged.passUnretained(stop).toOpaque()
        options.notify_cb = { _, _, _, _, _, payload in
            guard let payload else { return 0 }
            return Unmanaged<StopFlag>.fromOpaque(payload).takeUnretainedValue().isSet ? GIT_EUSER.rawValue : 0
        }
        try checked(git_checkout_head(repository, &options))
    }
}
