/// The settings of `clusterrunner.conf` for projects that come from git.
public struct GitSettings: Sendable, Equatable {
    /// What talks to remotes.
    public enum Transport: String, Sendable, CaseIterable {
        /// The git program where there is one, else libgit2.
        case auto
        /// The git program.
        case git
        /// The library.
        case libgit2
    }

    /// `git_strict_host_key_checking`: refuse ssh hosts that known_hosts does not list.
    public var strictHostKeyChecking: Bool
    /// `git_transport`.
    public var transport: Transport
    /// `git_timeout`: how long one conversation with a remote may take.
    public var timeout: Duration

    /// Creates settings, by default those of an empty configuration file.
    public init(
        strictHostKeyChecking: Bool = false,
        transport: Transport = .auto,
        timeout: Duration = .seconds(3_600)
    ) {
        self.strictHostKeyChecking = strictHostKeyChecking
        self.transport = transport
        self.timeout = timeout
    }
}
