package import ClusterRunnerPlugin

/// A project type, as answers show it.
package struct ProjectTypeRepresentation: Codable, Sendable, Equatable {
    /// The name that requests give as `type`.
    package let name: String
    /// One sentence about it.
    package let summary: String
    /// Its parameters.
    package let parameters: [Parameter]

    /// A parameter of a project type.
    package struct Parameter: Codable, Sendable, Equatable {
        /// The field of a request.
        package let name: String
        /// One sentence about it.
        package let help: String
        /// The kind of its value.
        package let kind: String
        /// Whether a request must have it.
        package let isRequired: Bool
        /// The value that it has otherwise; null if there is none.
        package let defaultValue: JSONValue

        private enum CodingKeys: String, CodingKey {
            case defaultValue = "default"
            case help, kind, name
            case isRequired = "required"
        }

        fileprivate init(_ parameter: ProjectParameter) {
            name = parameter.name
            help = parameter.help
            kind = parameter.kind.rawValue
            isRequired = parameter.isRequired
            defaultValue = parameter.defaultValue ?? .null
        }
    }

    /// Shows a project type.
    package init(_ type: RegisteredProjectType) {
        name = type.name
        summary = type.summary
        parameters = type.allParameters.map { Parameter($0) }
    }
}
