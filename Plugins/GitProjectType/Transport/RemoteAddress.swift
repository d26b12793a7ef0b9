import ClusterRunnerPlugin

/// A remote, and how it is spoken to.
struct RemoteAddress {
    let url: GitURL
    let surroundings: GitSurroundings
    let settings: GitSettings
    let stop: StopFlag

    /// A way to it, as `git_transport` says.
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
            // The program ssh takes no passwords from an address.
            guard url.scheme != .ssh || url.password == nil else { return LibraryTransport(to: self) }
            return ProgramTransport(to: self, mirror: mirror) ?? LibraryTransport(to: self)
        }
    }
}
