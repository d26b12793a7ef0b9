import ClusterRunnerPlugin

extension JobKey {
    /// The schema of the key's value, with its description.
    var schema: JSONValue {
        .object(valueSchema.merging(["description": .string(help)]) { $1 })
    }

    private var valueSchema: [String: JSONValue] {
        switch self {
        case .commands: Self.commandList(isRequired: true).withExamples(["python3 -m pytest \"$TEST\""])
        case .setupBuild: Self.commandList(isRequired: false).withExamples(["make"])
        case .teardownBuild: Self.commandList(isRequired: false).withExamples(["make clean"])
        case .atomizers: Self.atomizerList.withExamples([["TEST": "find tests -name 'test_*.py'"]])
        case .maxExecutors, .maxExecutorsPerSlave: Self.integer(from: 1).withExamples(8)
        case .timeout, .setupTimeout, .teardownTimeout: Self.seconds.withExamples(600)
        case .retries: Self.integer(from: 0).with("default", 0)
        case .failFast, .speculate, .batch: Self.truthValue.with("default", false)
        case .errexit: Self.truthValue.with("default", true)
        case .junit: Self.patterns.withExamples("*.xml", ["reports/**/TEST-*.xml"])
        case .report: Self.reportFormat.withExamples("tap")
        case .environment: Self.variables.withExamples(["LANG": "C.UTF-8"])
        case .container: Self.image.withExamples("docker.io/library/python:3.12")
        case .containerOptions: Self.engineOptions.withExamples(["--network=none", "--memory=2g"])
        }
    }

    private static func commandList(isRequired: Bool) -> [String: JSONValue] {
        // `true` and `false` are commands, too. An entry that is null is left out.
        let items: JSONValue = ["type": ["string", "boolean", "null"]]
        guard isRequired else { return ["type": ["array", "null"], "items": items] }
        return ["type": "array", "items": items, "contains": ["type": ["string", "boolean"]]]
    }

    private static var atomizerList: [String: JSONValue] {
        let atomizer: JSONValue = [
            "type": ["object", "null"],
            "minProperties": 1,
            "maxProperties": 1,
            "propertyNames": ShellName.schema(isAtom: true),
            "additionalProperties": ["type": ["string", "boolean"]],
        ]
        return ["type": "array", "items": atomizer, "contains": ["type": "object"]]
    }

    private static func integer(from least: Int) -> [String: JSONValue] {
        ["type": ["integer", "null"], "minimum": .integer(least), "maximum": .integer(JobValues.largestNumber)]
    }

    private static var seconds: [String: JSONValue] {
        ["type": ["number", "null"], "exclusiveMinimum": 0, "maximum": .integer(JobValues.largestNumber)]
    }

    /// A truth value; an editor that reads YAML 1.2 takes those of YAML 1.1 for strings.
    private static var truthValue: [String: JSONValue] {
        [
            "type": ["boolean", "string", "null"],
            "pattern": "^(yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$",
        ]
    }

    private static var variables: [String: JSONValue] {
        [
            "type": ["object", "null"],
            "propertyNames": ShellName.schema(isAtom: false),
            "additionalProperties": ["type": ["string", "number", "boolean", "null"]],
        ]
    }

    private static var patterns: [String: JSONValue] {
        let pattern: JSONValue = ["type": ["string", "null"], "pattern": #"^(?!/)(?!(.*/)?\.\.(/|$))[\s\S]+$"#]
        return [
            "type": ["string", "array", "null"], "pattern": #"^(?!/)(?!(.*/)?\.\.(/|$))[\s\S]+$"#, "items": pattern,
        ]
    }

    private static var reportFormat: [String: JSONValue] {
        ["type": ["string", "null"], "enum": .array(ReportFormat.allCases.map { .string($0.rawValue) } + [.null])]
    }

    private static var image: [String: JSONValue] {
        ["type": ["string", "number", "boolean", "null"], "pattern": #"^[^\s-]\S*$"#, "minimum": 0]
    }

    private static var engineOptions: [String: JSONValue] {
        let own = JobValues.ownOptions.sorted().joined(separator: "|")
        let option: JSONValue = [
            "type": ["string", "number", "boolean", "null"], "pattern": .string("^(?!(\(own))(=|$))"),
        ]
        return ["type": ["array", "null"], "items": option]
    }
}

extension [String: JSONValue] {
    fileprivate func with(_ keyword: String, _ value: JSONValue) -> Self { merging([keyword: value]) { $1 } }

    fileprivate func withExamples(_ examples: JSONValue...) -> Self { with("examples", .array(examples)) }
}
