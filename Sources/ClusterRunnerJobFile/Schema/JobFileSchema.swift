package import ClusterRunnerPlugin

/// The JSON Schema of `clusterrunner.yaml`, for editors.
///
/// Every job file that ``JobFile`` accepts is valid by it. Draft 7, because editors know that one best. Commands are not
/// read by it, and neither are faults that need more than one value, such as a word that belongs to no option.
package enum JobFileSchema {
    /// The whole schema.
    package static let document: JSONValue = [
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "clusterrunner.yaml",
        "description": "The jobs of a project, by name. Keys that begin with x- or a dot hold values that jobs share.",
        "type": "object",
        // A file of nothing but templates has no job.
        "not": ["propertyNames": ["pattern": .string(templateName)]],
        "propertyNames": ["minLength": 1],
        "patternProperties": .object([templateName: true]),
        "additionalProperties": ["$ref": "#/definitions/job"],
        "definitions": ["job": job],
    ]

    /// The pattern of the keys that ``JobFile/isTemplate(_:)`` is true of.
    private static let templateName = #"^(x-|\.)"#

    private static let job: JSONValue = [
        "description": "A job: commands that run once for each atom, and atomizers that list the atoms.",
        "type": "object",
        "properties": .object(Dictionary(uniqueKeysWithValues: JobKey.allCases.map { ($0.rawValue, $0.schema) })),
        "required": ["commands", "atomizers"],
        "additionalProperties": false,
        "if": [
            "properties": ["container_options": ["type": "array", "minItems": 1]], "required": ["container_options"],
        ],
        "then": ["properties": ["container": ["not": ["type": "null"]]], "required": ["container"]],
    ]
}
