/// The settings of `clusterrunner.conf` for projects that come from git.
package struct GitSettings: Sendable, Equatable {
    /// The program or library that talks to remotes.
    package enum Transport: String, Sendable, CaseIterable {
        /// The git program where it is installed, otherwise libgit2.
        case auto
        /// The git program.
        case git
        /// The library libgit2.
        case libgit2
    }

    /// `git_strict_host_key_checking`: whether to refuse ssh hosts that known_hosts does not list.
    package var strictHostKeyChecking: Bool
    /// `git_transport`: the program or library that talks to remotes.
    package var transport: Transport
    /// `git_timeout`: the time limit of one conversation with a remote.
    package var timeout: Duration

    /// Creates settings, by default those of an empty configuration file.
    package init(
        strictHostKeyChecking: Bool = false,
        transport: Transport = .auto,
        timeout: Duration = .seconds(3_600)
    ) {
        self.strictHostKeyChecking = strictHostKeyChecking
        self.transport = transport
        self.timeout = timeout
    }
}
