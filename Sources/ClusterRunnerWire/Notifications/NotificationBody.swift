package import ClusterRunnerDomain
package import ClusterRunnerPlugin

/// The members of a notification's body, beside those of every answer.
package struct NotificationBody: Codable, Sendable, Equatable {
    /// The build, as version 1 of the API shows it.
    package let build: BuildRepresentation
    /// The facts about the notification itself.
    package let notification: Facts

    /// Creates a body.
    package init(build: BuildRepresentation, notification: Facts) {
        self.build = build
        self.notification = notification
    }

    /// The facts about a notification.
    package struct Facts: Codable, Sendable, Equatable {
        /// The page of the build.
        package let buildURL: String
        /// The id, which is the same for every attempt.
        package let id: String
        /// The URL of the master.
        package let masterURL: String
        /// The fetched project: the parameters of slaves, without credentials; nil before the fetch.
        package let project: [String: JSONValue]?
        /// The place of the state in a build's life, from 1 to 5.
        package let sequence: Int
        /// The state that the build has entered.
        package let state: BuildState

        private enum CodingKeys: String, CodingKey {
            case buildURL = "build_url"
            case id
            case masterURL = "master_url"
            case project, sequence, state
        }

        /// Describes the entry of a build into its present state; `page` is the path of its page.
        package init(_ build: BuildRecord, masterURL: String, page: String) {
            buildURL = masterURL + page
            id = Self.id(of: build)
            self.masterURL = masterURL
            project = build.slaveParameters.map { $0.values.mapValues(\.withoutCredentials) }
            sequence = build.state.step
            state = build.state
        }

        /// Makes the id of the entry of a build into its state.
        ///
        /// The time tells builds of one number apart, those of other masters and of a master that began anew.
        private static func id(of build: BuildRecord) -> String {
            let milliseconds = Int(((build.timestamps[build.state] ?? 0) * 1000).rounded())
            return "\(build.id).\(build.state.step).\(milliseconds)"
        }
    }
}
