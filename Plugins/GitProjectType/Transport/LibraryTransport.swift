import CGit2
import ClusterRunnerPlugin

/// A transport on libgit2, for machines without the git program.
///
/// It does not support the account's ssh configuration, RSA keys at current servers, `.netrc`, proxies of plain http or
/// shallow repositories.
final class LibraryTransport: RemoteTransport {
    private let url: GitURL
    private let surroundings: GitSurroundings
    private let strictHostKeyChecking: Bool
    private let stop: StopFlag
    private var known: RemoteOffer?

    init(to remote: RemoteAddress) {
        (url, surroundings, stop) = (remote.url, remote.surroundings, remote.stop)
        strictHostKeyChecking = remote.settings.strictHostKeyChecking
    }

    func offer() throws -> RemoteOffer {
        if let known { return known }
        let offer = try converse { remote, _, _ in try self.offer(of: remote) }
        known = offer
        return offer
    }

    func fetch(_ request: FetchRequest, into repository: OpaquePointer) throws {
        let references: [RemoteReference]
        var tags: [RemoteReference] = []
        switch request {
        case .references(let some, let others): (references, tags) = (some, others)
        case .commit(let id): references = [RemoteReference(name: ReferenceName("\(id)"), id: id)]
        case .branchesAndTags: references = try offer().branchesAndTags
        case .everything: references = try offer().references.filter { !$0.isPeeled }
        }
        let chosen = references + tags
        guard !chosen.isEmpty else { return }
        try converse(with: repository) { remote, talk, headers in try download(chosen, from: remote, talk, headers) }
        try Mirror.refresh(repository)
        for reference in references { try Mirror.noteTip(of: reference.name, at: reference.id, in: repository) }
    }

    /// Connects, and reconnects with other credentials while the server asks for some and there are any left.
    private func converse<Result>(
        with repository: OpaquePointer? = nil,
        _ body: (OpaquePointer, RemoteTalk, git_strarray) throws -> Result
    ) throws -> Result {
        let talk = RemoteTalk(
            credentials: RemoteCredentials(for: url, surroundings: surroundings),
            hostKeys: HostKeyCheck(url: url, surroundings: surroundings, isStrict: strictHostKeyChecking),
            stop: stop
        )
        // The callbacks get an unowned pointer to it.
        return try withExtendedLifetime(talk) {
            var first: GitFailure?
            while true {
                do {
                    return try gated(talk) { try converse(with: repository, talk, body) }
                } catch let failure as GitFailure {
                    // A first failure that is not about credentials is the best explanation.
                    if first == nil, !failure.is(GIT_EAUTH) { first = talk.explaining(failure) }
                    guard !talk.isConnected, !stop.isSet, talk.credentials.startAnotherRound() else {
                        throw first ?? talk.explaining(failure)
                    }
                }
            }
        }
    }

    /// Gates a conversation whose header has credentials to its own server.
    private func gated<Result>(_ talk: RemoteTalk, _ body: () throws -> Result) throws -> Result {
        guard talk.credentials.header != nil else { return try body() }
        let proxies = ConnectionGate.Place.proxies(in: surroundings.environment)
        return try ConnectionGate.limiting(to: proxies.union([ConnectionGate.Place(of: url)]), body)
    }

    private func converse<Result>(
        with repository: OpaquePointer?,
        _ talk: RemoteTalk,
        _ body: (OpaquePointer, RemoteTalk, git_strarray) throws -> Result
    ) throws -> Result {
        try withHandle(
            freedBy: git_remote_free,
            from: {
                repository == nil
                    ? git_remote_create_detached(&$0, url.forLibrary)
                    : git_remote_create_anonymous(&$0, repository, url.forLibrary)
            },
            { remote in
                try withStringArray(talk.credentials.header.map { [$0] } ?? []) { headers in
                    try connect(remote, talk, headers.pointee)
                    defer { git_remote_disconnect(remote) }
                    return try body(remote, talk, headers.pointee)
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
        do {
            try checked(git_remote_connect_ext(remote, GIT_DIRECTION_FETCH, &options))
        } catch let failure as GitFailure {
            throw failure.ofRemote
        }
        talk.isConnected = true
    }

    /// Redirections are followed on the same host only, because the header with the credentials is sent along.
    private static let staysOnHost = GIT_REMOTE_REDIRECT_NONE

    private func offer(of remote: OpaquePointer) throws -> RemoteOffer {
        var heads: UnsafeMutablePointer<UnsafePointer<git_remote_head>?>?
        var count = 0
        try checked(git_remote_ls(&heads, &count, remote))
        let references = UnsafeBufferPointer(start: heads, count: count).compactMap { head in
            head.map { RemoteReference(name: ReferenceName(cString: $0.pointee.name), id: ObjectID($0.pointee.oid)) }
        }
        var buffer = git_buf()
        defer { git_buf_dispose(&buffer) }
        // A remote without such a branch, or without any, is no failure here.
        let isKnown = git_remote_default_branch(&buffer, remote) == 0
        return RemoteOffer(
            references: references,
            defaultBranch: isKnown ? buffer.ptr.map { ReferenceName(cString: $0) } : nil
        )
    }

    /// Downloads objects; the caller writes the references themselves.
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
        let refspecs = try references.map { reference in
            ReferenceName("+".utf8 + reference.name.bytes + ":\(try Mirror.tipReference(of: reference.name))".utf8)
        }
        try withStringArray(refspecs.map(\.cString)) { _ = try checked(git_remote_download(remote, $0, &options)) }
    }
}
