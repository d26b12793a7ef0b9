import ClusterRunnerPlugin

/// The address of a remote, with the settings for its transport.
struct RemoteAddress {
    let url: GitURL
    let surroundings: GitSurroundings
    let settings: GitSettings
    let stop: StopFlag

    /// Makes a transport for it, according to `git_transport`.
    func transport(for mirror: Mirror) throws -> any RemoteTransport {
        switch settings.transport {
        case .libgit2:
            return LibraryTransport(to: self)
        case .git:
            guard let transport = ProgramTransport(to: self, mirror: mirror) else {
                throw ClusterRunnerError(
                    .failed,
                    "\"\(url.withoutCredentials)\" cannot be fetched: git_transport is git, and the git program could not "
                        + "be run. Install git, or set git_transport to auto or libgit2."
                )
            }
            return transport
        case .auto:
            // The program ssh accepts no passwords from an address.
            guard url.scheme != .ssh || url.password == nil else { return LibraryTransport(to: self) }
            return ProgramTransport(to: self, mirror: mirror) ?? LibraryTransport(to: self)
        }
    }
}
