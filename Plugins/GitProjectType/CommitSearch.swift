import CGit2
import ClusterRunnerPlugin

/// A search for the one commit of a build, which brings it and everything it needs into the mirror.
///
/// A commit that the mirror has completely is not requested again.
struct CommitSearch {
    let url: GitURL
    /// The name of the remote in messages.
    let remote: String
    let branch: String?
    let hash: String?
    /// References that the mirror should have afterwards, as far as the remote still has them.
    var references: ReferenceList?
    let stop: StopFlag
    /// Connects to the remote; called only when needed.
    let connect: () throws -> any RemoteTransport

    /// Finds the commit; afterwards the repository has everything it needs, and it is marked as complete.
    func find(in repository: OpaquePointer) throws -> ObjectID {
        let known = try hash.flatMap { hash in try commit(hash, in: repository) }
        if let known, try lacksReferences(repository) {
            // Only the commit is essential; it can be built without the references.
            do { _ = try ask(repository) } catch  where !stop.isSet && !GitFailure.isDamage(error) {}
            try Mirror.markComplete(known, in: repository)
            return known
        }
        let found = try known ?? ask(repository)
        try Mirror.markComplete(found, in: repository)
        return found
    }

    private func lacksReferences(_ repository: OpaquePointer) throws -> Bool {
        guard let references else { return false }
        return try !Mirror.lacking(references, in: repository, stop: stop).isEmpty
    }

    /// The full name of the branch to build; nil for the default branch, and for a name that is no valid branch.
    var branchName: ReferenceName? {
        guard let branch else { return nil }
        return branch.hasPrefix("refs/") ? ReferenceName(branch) : "refs/heads/\(branch)"
    }

    private func ask(_ repository: OpaquePointer) throws -> ObjectID {
        let transport = try connect()
        let offer = try explaining(wanted) { try transport.offer() }
        try Mirror.noteDefaultBranch(offer.defaultBranch, in: repository)
        try Mirror.dropOutdatedTags(for: offer, in: repository)
        if let branchName, offer.reference(branchName) == nil {
            try Mirror.forgetTip(of: branchName, in: repository)
        }
        let conversation = Conversation(transport: transport, offer: offer, repository: repository)
        let commit = try hash.map { try search($0, conversation) } ?? newestCommit(conversation)
        try completeTags(conversation)
        try Mirror.packReferences(in: repository)
        return commit
    }

    /// Fetches the tags on fetched objects that did not come along: a server may leave them out.
    private func completeTags(_ conversation: Conversation) throws {
        let missing = try Mirror.adoptTags(of: conversation.offer, in: conversation.repository)
        guard !missing.isEmpty else { return }
        try explaining("tags") {
            try conversation.transport.fetch(.references([], tags: missing), into: conversation.repository)
        }
        _ = try Mirror.adoptTags(of: conversation.offer, in: conversation.repository)
    }

    /// A conversation with one remote about one repository.
    private struct Conversation {
        let transport: any RemoteTransport
        let offer: RemoteOffer
        let repository: OpaquePointer
    }

    // MARK: - The newest commit of a branch

    private func newestCommit(_ conversation: Conversation) throws -> ObjectID {
        let offer = conversation.offer
        guard let reference = branch.map(offer.reference(named:)) ?? offer.defaultReference else {
            let what = branch.map { "no branch \"\($0)\"" } ?? "no default branch"
            let names = offer.branchesAndTags.prefix(10).map { ($0.name.dropping("refs/heads/") ?? $0.name).text }
            let known = names.isEmpty ? "It is empty" : "It has \(names.joined(separator: ", "))"
            throw ClusterRunnerError(.failed, "The remote \(place) has \(what). \(known).\(hint)")
        }
        let tips = try bring([reference, offer.defaultReference], conversation)
        do {
            return try peel(tips[0].id, in: conversation.repository)
        } catch let failure as GitFailure {
            throw ClusterRunnerError(
                .failed,
                "\"\(reference.name.text)\" of the remote \(place) is no commit: \(failure).",
                cause: failure.asCause
            )
        }
    }

    /// A hint for a commit that was given as a branch.
    private var hint: String {
        guard let branch, (7...40).contains(branch.utf8.count), branch.utf8.allSatisfy(\.isHexDigit) else { return "" }
        return " If \"\(branch)\" is a commit, give it as \"hash\" (--hash) instead of \"branch\"."
    }

    /// Fetches references, and the tags on them, unless the mirror has them in the remote's state.
    private func bring(_ wanted: [RemoteReference?], _ conversation: Conversation) throws -> [RemoteReference] {
        let repository = conversation.repository
        let references = wanted.compactMap { $0 }.reduce(into: [RemoteReference]()) { list, reference in
            if !list.contains(reference) { list.append(reference) }
        }
        let tags = try Mirror.adoptTags(of: conversation.offer, in: repository)
        let isHere = try references.allSatisfy { try Mirror.tip(of: $0.name, in: repository) == $0.id }
        guard !isHere || !tags.isEmpty || History.isShallow(repository) else {
            return references
        }
        try explaining(self.wanted) {
            try conversation.transport.fetch(.references(references, tags: tags), into: repository)
        }
        // They may have moved since the remote listed its references.
        return try references.map { reference in
            RemoteReference(
                name: reference.name,
                id: try Mirror.tip(of: reference.name, in: repository) ?? reference.id
            )
        }
    }

    // MARK: - A commit by its hash

    private func search(_ hash: String, _ conversation: Conversation) throws -> ObjectID {
        let (offer, repository) = (conversation.offer, conversation.repository)
        let listed =
            offer.references.first { "\($0.id)".hasPrefix(hash) && !$0.isPeeled }
            ?? offer.tags.first { "\($0.target)".hasPrefix(hash) }?.tag
        // The branch may no longer exist, and a remote may have no default branch.
        let branches = [listed, branch.flatMap(offer.reference(named:)), offer.defaultReference]
        _ = try bring(branches, conversation)
        if let commit = try commit(hash, in: repository) { return commit }
        var refusal: GitFailure?
        if let id = ObjectID(hex: hash) {
            do {
                try conversation.transport.fetch(.commit(id), into: repository)
                return try peel(id, in: repository)
            } catch let failure as GitFailure where !failure.isDamage {
                refusal = failure
            }
        }
        let isElsewhere = offer.references.contains { reference in
            reference.name.hasPrefix("refs/") && !reference.name.hasPrefix("refs/heads/")
                && !reference.name.hasPrefix("refs/tags/")
        }
        for (what, request) in [("all branches", FetchRequest.branchesAndTags), ("all references", .everything)]
        where request == .branchesAndTags || isElsewhere {
            try explaining(what) { try conversation.transport.fetch(request, into: repository) }
            if let commit = try commit(hash, in: repository) { return commit }
        }
        throw unknown(hash, refusal)
    }

    private func unknown(_ hash: String, _ refusal: GitFailure?) -> ClusterRunnerError {
        let start = "No branch or tag of the remote \(place) contains "
        guard let refusal else {
            return ClusterRunnerError(.failed, "\(start)a commit that begins with \"\(hash)\".")
        }
        return ClusterRunnerError(
            .failed,
            "\(start)the commit \(hash), and it does not hand it out by its id: \(refusal)."
        )
    }

    /// Finds a commit whose name begins with `hash`, if the mirror has it with everything it needs.
    private func commit(_ hash: String, in repository: OpaquePointer) throws -> ObjectID? {
        guard let commit = try lookUp(hash, in: repository) else { return nil }
        if Mirror.isComplete(commit, in: repository) { return commit }
        // Objects of references are complete, and tags of objects that are not commits contain no commits.
        let tips = try Mirror.references("*", in: repository).compactMap { name -> ObjectID? in
            var oid = git_oid()
            guard git_reference_name_to_id(&oid, repository, name.cString) == 0 else { return nil }
            return try? peel(ObjectID(oid), in: repository)
        }
        return try History(repository: repository, stop: stop).contains(commit, in: tips) ? commit : nil
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
                let kind = git_object_type(object)
                guard kind == GIT_OBJECT_COMMIT || kind == GIT_OBJECT_TAG else {
                    let name = kind == GIT_OBJECT_TREE ? "a directory" : "a file"
                    throw GitFailure(code: GIT_EINVALIDSPEC.rawValue, message: "\(id) names \(name) and no commit")
                }
                return try withHandle(
                    freedBy: git_object_free,
                    from: { git_object_peel(&$0, object, GIT_OBJECT_COMMIT) },
                    { ObjectID(git_object_id($0).pointee) }
                )
            }
        )
    }

    // MARK: - Messages

    private func explaining<Result>(_ what: String, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let failure as GitFailure {
            throw ClusterRunnerError(
                .failed,
                "Fetching \(what) of the remote \(place) failed: \(failure).",
                cause: failure.asCause
            )
        }
    }

    private var wanted: String {
        hash.map { "the commit \($0)" } ?? branch.map { "the branch \"\($0)\"" } ?? "the default branch"
    }

    private var place: String { "\"\(remote)\" (\(url.withoutCredentials))" }
}
