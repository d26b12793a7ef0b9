import ClusterRunnerDomain
package import ClusterRunnerPlugin
package import ClusterRunnerScheduling
package import ClusterRunnerWire

/// The settings of notifications.
package struct NotificationSettings: Sendable {
    /// The URLs that get a POST at each change of a build's state.
    package var urls: [NotificationURL]
    /// The longest wait for a receiver's answer.
    package var timeout: Duration
    /// The shell command that runs when a build has ended.
    package var command: String?
    /// The time limit of that command.
    package var commandTimeout: Duration
    /// The URL of the master for people; nil is that of the master itself.
    package var masterURL: String?
    /// The limits of retries.
    package var policy: NotificationPolicy

    /// Creates settings, by default without receivers.
    package init(
        urls: [NotificationURL] = [],
        timeout: Duration = .seconds(10),
        command: String? = nil,
        commandTimeout: Duration = .seconds(300),
        masterURL: String? = nil,
        policy: NotificationPolicy = NotificationPolicy()
    ) {
        self.urls = urls
        self.timeout = timeout
        self.command = command
        self.commandTimeout = commandTimeout
        self.masterURL = masterURL
        self.policy = policy
    }

    /// The targets of notifications.
    var targets: [NotificationTarget] {
        urls.map { .url($0.text) } + [command].compactMap { $0.map(NotificationTarget.command) }
    }

    /// Returns the URL of a target.
    func url(_ text: String) -> NotificationURL? { urls.first { $0.text == text } }
}

/// The replaceable parts for notifications.
package struct NotificationParts: Sendable {
    /// Makes the sender of notifications.
    package let makeSender: @Sendable () -> any NotificationSender
    /// The holder of the secret for digests of notifications.
    package let authenticator: MessageAuthenticator
    /// The runner of commands, with the rights of the service itself.
    package let runner: any CommandRunner
    /// The environment that commands inherit, without the service's own variables.
    package let environment: [ByteString: ByteString]

    /// Collects the parts.
    package init(
        authenticator: MessageAuthenticator,
        runner: any CommandRunner,
        environment: [ByteString: ByteString],
        makeSender: @escaping @Sendable () -> any NotificationSender
    ) {
        self.makeSender = makeSender
        self.authenticator = authenticator
        self.runner = runner
        self.environment = environment
    }
}
