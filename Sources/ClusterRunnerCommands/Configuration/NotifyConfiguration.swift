package import ClusterRunnerWire

/// The receivers of a master's notifications.
package struct NotifyConfiguration: Sendable, Equatable {
    /// The URLs that get a POST at each change of a build's state.
    package var urls: [NotificationURL] = []
    /// The secret for the digests of notifications; nil is the cluster's.
    package var secret: Secret?
    /// The time limit of a POST.
    package var timeout = Duration.seconds(10)
    /// The age from which a failed notification is given up.
    package var giveUpAfter = Duration.seconds(86_400)
    /// The shell command that runs when a build has ended.
    package var onBuildFinished: String?
    /// The time limit of that command.
    package var onBuildFinishedTimeout = Duration.seconds(300)
    /// The URL of the master for people.
    package var masterURL: String?

    /// Creates a configuration without receivers.
    init() {}

    init(_ values: ConfigurationValues) throws {
        let keys = Self.keys
        urls = try values[keys.url] ?? []
        secret = try values[keys.secret]
        timeout = try values[keys.timeout]
        giveUpAfter = try values[keys.giveUpAfter]
        onBuildFinished = try values[keys.onBuildFinished]
        onBuildFinishedTimeout = try values[keys.onBuildFinishedTimeout]
        masterURL = try values[keys.masterURL]?.withoutSlash
    }
}

extension NotificationURL {
    /// The URL without the slash at its end, as a base of paths.
    fileprivate var withoutSlash: String { address.hasSuffix("/") ? String(address.dropLast()) : address }
}
