import ClusterRunnerPlugin

extension ShellName {
    /// The schema of the names that jobs may give to variables.
    static func schema(isAtom: Bool) -> JSONValue {
        let names = reserved(isAtom: isAtom).sorted().map(JSONValue.string)
        return ["pattern": "^(?!CLUSTERRUNNER_)[A-Za-z_][A-Za-z0-9_]*$", "not": ["enum": .array(names)]]
    }
}
