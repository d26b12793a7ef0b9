import CGit2
import ClusterRunnerCore

/// Finds the one commit that a build is about, fetching it and everything it needs into the mirror.
struct CommitSearch {
    let connection: RemoteConnection
    /// What the remote is called in messages.
    let remote: String
    let branch: String?
    let hash: String?

    /// The commit; everything it needs is in the repository then, and it is marked as complete.
    func find(in repository: OpaquePointer) throws -> ObjectID {
        let commit = try search(in: repository)
        try Mirror.markComplete(commit, in: repository)
        return commit
    }

    private func search(in repository: OpaquePointer) throws -> ObjectID {
        let tips = try fetch(branch.map { "the branch \"\($0)\"" } ?? "the default branch", into: repository) { offer in
            [try wanted(in: offer)]
        }
        guard let hash else { return try newestCommit(of: tips[0], in: repository) }
        if let commit = try commit(hash, reachableFrom: tips, in: repository) { return commit }
        // A hash on another branch than the one named, or on a tag only, is still one that the remote offers.
        let all = try fetch("all branches", into: repository, \.branchesAndTags)
        if let commit = try commit(hash, reachableFrom: all, in: repository) { return commit }
        return try fetchByID(hash, into: repository)
    }

    private func wanted(in offer: RemoteOffer) throws -> RemoteReference {
        guard let reference = branch.map(offer.reference(named:)) ?? offer.defaultReference else {
            let what = branch.map { "no branch \"\($0)\"" } ?? "no default branch"
            let names = offer.branchesAndTags.prefix(10).map { $0.name.replacing("refs/heads/", with: "") }
            let known = names.isEmpty ? "It is empty" : "It has \(names.joined(separator: ", "))"
            throw ClusterRunnerError(.failed, "The remote \(place) has \(what). \(known).")
        }
        return reference
    }

    private func fetch(
        _ what: String,
        into repository: OpaquePointer,
        _ choose: (RemoteOffer) throws -> [RemoteReference]
    ) throws -> [RemoteReference] {
        do {
            return try connection.fetch(into: repository, choose)
        } catch let failure as GitFailure {
            throw ClusterRunnerError(.failed, "Fetching \(what) of the remote \(place) failed: \(failure).")
        }
    }

    private func fetchByID(_ hash: String, into repository: OpaquePointer) throws -> ObjectID {
        guard let id = ObjectID(hex: hash) else {
            throw ClusterRunnerError(
                .failed,
                "No branch or tag of the remote \(place) contains a commit that begins with \"\(hash)\"."
            )
        }
        do {
            _ = try connection.fetch(into: repository) { _ in [RemoteReference(name: "\(id)", id: id)] }
            return try peel(id, in: repository)
        } catch let failure as GitFailure {
            throw ClusterRunnerError(
                .failed,
                "No branch or tag of the remote \(place) contains the commit \(hash), and it does not hand it out by "
                    + "its id: \(failure)."
            )
        }
    }

    private func newestCommit(of tip: RemoteReference, in repository: OpaquePointer) throws -> ObjectID {
        do {
            return try peel(tip.id, in: repository)
        } catch let failure as GitFailure {
            throw ClusterRunnerError(.failed, "\"\(tip.name)\" of the remote \(place) is no commit: \(failure).")
        }
    }

    /// The commit whose name begins with `hash`, if one is here and a part of what the tips contain.
    private func commit(
        _ hash: String,
        reachableFrom tips: [RemoteReference],
        in repository: OpaquePointer
    ) throws -> ObjectID? {
        guard let commit = try lookUp(hash, in: repository) else { return nil }
        // Tags of things that are no commits contain none.
        let tips = tips.compactMap { try? peel($0.id, in: repository).oid }
        var oid = commit.oid
        return try checked(git_graph_reachable_from_any(repository, &oid, tips, tips.count)) == 1 ? commit : nil
    }

    private func lookUp(_ hash: String, in repository: OpaquePointer) throws -> ObjectID? {
        do {
            return try withHandle(
                freedBy: git_object_free,
                from: { git_revparse_single(&$0, repository, "\(hash)^{commit}") },
                { ObjectID(git_object_id($0).pointee) }
            )
        } catch let failure as GitFailure {
            guard failure.is(GIT_EAMBIGUOUS) else { return nil }
            throw ClusterRunnerError(
                .failed,
                "Several objects of the remote \(place) begin with \"\(hash)\": give more digits of the commit's hash."
            )
        }
    }

    private func peel(_ id: ObjectID, in repository: OpaquePointer) throws -> ObjectID {
        var oid = id.oid
        return try withHandle(
            freedBy: git_object_free,
            from: { git_object_lookup(&$0, repository, &oid, GIT_OBJECT_ANY) },
            { object in
                try withHandle(
                    freedBy: git_object_free,
                    from: { git_object_peel(&$0, object, GIT_OBJECT_COMMIT) },
                    { ObjectID(git_object_id($0).pointee) }
                )
            }
        )
    }

    private var place: String { "\"\(remote)\" (\(connection.url.withoutCredentials))" }
}
