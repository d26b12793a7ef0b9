/// The progress of a build's notifications at one target.
///
/// It is stored with the build itself, so that each change of a build's state and the notification that is due for it
/// become durable together.
package struct NotificationRecord: Sendable, Equatable {
    /// The build.
    package let build: BuildID
    /// The target, see ``NotificationTarget/name``.
    package let target: String
    /// The last state whose notification was delivered or given up; nil before the first.
    package let settled: BuildState?

    /// Creates a record.
    package init(build: BuildID, target: String, settled: BuildState? = nil) {
        self.build = build
        self.target = target
        self.settled = settled
    }
}

/// A receiver of notifications.
package enum NotificationTarget: Sendable, Hashable {
    /// A URL that gets a POST at each change of a build's state.
    case url(String)
    /// A shell command that is run when a build has ended.
    case command(String)

    /// The name in the store; it tells the kinds apart.
    package var name: String {
        switch self {
        case .url(let url): "url \(url)"
        case .command(let script): "command \(script)"
        }
    }

    /// The kind of a target, as its name in the store begins.
    package enum Kind: String, Sendable {
        case url
        case command
    }

    /// The kind of the target.
    package var kind: Kind {
        switch self {
        case .url: .url
        case .command: .command
        }
    }

    /// Whether a build's entry into a state is of interest.
    package func wants(_ state: BuildState) -> Bool {
        switch self {
        case .url: true
        case .command: state.isFinal
        }
    }
}

extension NotificationRecord {
    /// The kind of the target; nil for a name of a newer version.
    package var kind: NotificationTarget.Kind? {
        target.split(separator: " ").first.flatMap { NotificationTarget.Kind(rawValue: String($0)) }
    }
}
