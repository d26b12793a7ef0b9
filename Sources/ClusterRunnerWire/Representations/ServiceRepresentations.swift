import ClusterRunnerConcurrency
package import ClusterRunnerDomain
package import ClusterRunnerPlugin

/// The form of slaves in answers.
package enum SlaveRepresentation {
    /// Represents one slave as a JSON object.
    package static func object(_ slave: SlaveStatus) -> JSONValue {
        [
            "id": .integer(slave.id),
            "url": .string(slave.url),
            "session_id": .string(slave.sessionID),
            "num_executors": .integer(slave.executors),
            "num_executors_in_use": .integer(slave.executorsInUse),
            "current_build_id": slave.build.map(JSONValue.integer) ?? .null,
            "is_alive": .bool(slave.isAlive),
            "is_in_shutdown_mode": .bool(slave.isShuttingDown),
            "quarantined_until": slave.quarantine.map { .number($0.until.wall) } ?? .null,
        ]
    }
}

/// The form of project types in answers.
package enum ProjectTypeRepresentation {
    /// Represents one project type as a JSON object.
    package static func object(_ type: any ProjectType.Type) -> JSONValue {
        [
            "name": .string(type.name),
            "summary": .string(type.summary),
            "parameters": .array(type.allParameters.map(object)),
        ]
    }

    private static func object(_ parameter: ProjectParameter) -> JSONValue {
        [
            "name": .string(parameter.name),
            "help": .string(parameter.help),
            "kind": .string(parameter.kind.rawValue),
            "required": .bool(parameter.isRequired),
            "default": parameter.defaultValue ?? .null,
        ]
    }
}
