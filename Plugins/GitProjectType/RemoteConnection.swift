import CGit2
import ClusterRunnerCore

/// A reference that a remote offers.
struct RemoteReference: Sendable, Equatable {
    /// Its full name, such as `refs/heads/main`; for a commit fetched by its id, the id.
    let name: String
    /// The object it points to.
    let id: ObjectID
}

/// Everything a remote offers.
struct RemoteOffer: Sendable {
    let references: [RemoteReference]
    /// The full name of the branch that the remote's HEAD points to, if it says so.
    let defaultBranch: String?

    /// The reference that a branch's name means: the branch, else a tag, else any reference by its full name.
    func reference(named branch: String) -> RemoteReference? {
        let candidates = branch.hasPrefix("refs/") ? [branch] : ["refs/heads/\(branch)", "refs/tags/\(branch)"]
        return candidates.lazy.compactMap { name in references.first { $0.name == name } }.first
    }

    /// What the remote's HEAD points to.
    var defaultReference: RemoteReference? {
        defaultBranch.flatMap(reference(named:)) ?? references.first { $0.name == "HEAD" }
    }

    /// All branches and tags.
    var branchesAndTags: [RemoteReference] {
        references.filter { reference in
            // "^{}" names what a tag points to, which comes along with the tag.
            (reference.name.hasPrefix("refs/heads/") || reference.name.hasPrefix("refs/tags/"))
                && !reference.name.hasSuffix("^{}")
        }
    }
}

/// A way to a remote: its address, and what proves who we are and who it is.
struct RemoteConnection {
    let url: GitURL
    let surroundings: GitSurroundings
    let strictHostKeyChecking: Bool
    let stop: StopFlag

    /// Asks the remote what it offers, and fetches what `choose` picks from that into `repository`.
    ///
    /// Each call is a connection of its own, since most transports can answer only once.
    ///
    /// - Returns: what was picked; its objects are all in the repository then.
    func fetch(
        into repository: OpaquePointer,
        _ choose: (RemoteOffer) throws -> [RemoteReference]
    ) throws -> [RemoteReference] {
        let talk = RemoteTalk(
            credentials: Credentials(for: url, surroundings: surroundings),
            hostKeys: HostKeyCheck(url: url, surroundings: surroundings, isStrict: strictHostKeyChecking),
            stop: stop
        )
        // The callbacks get an unowned pointer to it.
        return try withExtendedLifetime(talk) {
            var first: GitFailure?
            while true {
                do {
                    return try fetch(into: repository, talk, choose)
                } catch let failure as GitFailure {
                    // If it was not the first round's credentials after all, that round knew best what it was.
                    if first == nil, !failure.is(GIT_EAUTH) { first = talk.explaining(failure) }
                    guard !talk.isConnected, !stop.isSet, talk.credentials.startAnotherRound() else {
                        throw first ?? talk.explaining(failure)
                    }
                }
            }
        }
    }

    private func fetch(
        into repository: OpaquePointer,
        _ talk: RemoteTalk,
        _ choose: (RemoteOffer) throws -> [RemoteReference]
    ) throws -> [RemoteReference] {
        try withHandle(
            freedBy: git_remote_free,
            from: { git_remote_create_anonymous(&$0, repository, url.forLibrary) },
            { remote in
                try withStringArray(talk.credentials.header.map { [$0] } ?? []) { headers in
                    try connect(remote, talk, headers.pointee)
                    defer { git_remote_disconnect(remote) }
                    let chosen = try choose(offer(of: remote))
                    try download(chosen, from: remote, talk, headers.pointee)
                    for reference in chosen {
                        try Mirror.noteTip(of: reference.name, at: reference.id, in: repository)
                    }
                    return chosen
                }
            }
        )
    }

    private func connect(_ remote: OpaquePointer, _ talk: RemoteTalk, _ headers: git_strarray) throws {
        var options = git_remote_connect_options()
        try checked(git_remote_connect_options_init(&options, UInt32(GIT_REMOTE_CONNECT_OPTIONS_VERSION)))
        talk.install(in: &options.callbacks)
        options.proxy_opts.type = GIT_PROXY_AUTO
        options.custom_headers = headers
        if headers.count > 0 { options.follow_redirects = Self.staysOnHost }
        try checked(git_remote_connect_ext(remote, GIT_DIRECTION_FETCH, &options))
        talk.isConnected = true
    }

    /// Redirections are followed on the same host only, because the header with the credentials goes along.
    private static let staysOnHost = GIT_REMOTE_REDIRECT_NONE

    private func offer(of remote: OpaquePointer) throws -> RemoteOffer {
        var heads: UnsafeMutablePointer<UnsafePointer<git_remote_head>?>?
        var count = 0
        try checked(git_remote_ls(&heads, &count, remote))
        let references = UnsafeBufferPointer(start: heads, count: count).compactMap { head in
            head.map { RemoteReference(name: String(cString: $0.pointee.name), id: ObjectID($0.pointee.oid)) }
        }
        var buffer = git_buf()
        defer { git_buf_dispose(&buffer) }
        // A remote without such a branch, or without any, is not a failure here.
        let isKnown = git_remote_default_branch(&buffer, remote) == 0
        return RemoteOffer(
            references: references,
            defaultBranch: isKnown ? buffer.ptr.map { String(cString: $0) } : nil
        )
    }

    private func download(
        _ references: [RemoteReference],
        from remote: OpaquePointer,
        _ talk: RemoteTalk,
        _ headers: git_strarray
    ) throws {
        var options = git_fetch_options()
        try checked(git_fetch_options_init(&options, UInt32(GIT_FETCH_OPTIONS_VERSION)))
        talk.install(in: &options.callbacks)
        options.proxy_opts.type = GIT_PROXY_AUTO
        options.custom_headers = headers
        if headers.count > 0 { options.follow_redirects = Self.staysOnHost }
        options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE
        let refspecs = try references.map { try "+\($0.name):\(Mirror.tipReference(of: $0.name))" }
        try withStringArray(refspecs) { _ = try checked(git_remote_download(remote, $0, &options)) }
    }
}
