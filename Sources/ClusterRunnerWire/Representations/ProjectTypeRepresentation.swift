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

        /// The declaration; a kind of a later version counts as a string, which the master checks.
        fileprivate var declared: ProjectParameter {
            ProjectParameter(
                name,
                kind: ProjectParameter.Kind(rawValue: kind) ?? .string,
                required: isRequired,
                default: defaultValue == .null ? nil : defaultValue,
                help: help
            )
        }

        fileprivate init(_ parameter: ProjectParameter) {
            name = parameter.name
            help = parameter.help
            kind = parameter.kind.rawValue
            isRequired = parameter.isRequired
            defaultValue = parameter.defaultValue ?? .null
        }
    }

    /// The type for those who request builds of it from the master.
    package var registered: RegisteredProjectType {
        let elsewhere = ClusterRunnerError(.failed, "The project type \"\(name)\" is not known on this machine.")
        let common = ProjectParameter.common.map(\.name)
        return RegisteredProjectType(
            name: name,
            summary: summary,
            parameters: parameters.filter { !common.contains($0.name) }.map(\.declared),
            make: { _, _ in throw elsewhere },
            pin: { _, _ in throw elsewhere }
        )
    }

    /// Shows a project type.
    package init(_ type: RegisteredProjectType) {
        name = type.name
        summary = type.summary
        parameters = type.allParameters.map { Parameter($0) }
    }
}
