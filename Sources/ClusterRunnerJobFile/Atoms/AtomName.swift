import ClusterRunnerPlugin

/// The name of an atom for people: the value of its variable.
package struct AtomName: Sendable, Hashable {
    /// The name of the variable.
    package let variable: String
    /// The value, as a text for one line; a path below the project's folder is relative.
    package let value: String

    /// Names an atom.
    package init(_ atom: Atom) {
        variable = atom.variable
        let whole = atom.value.escaped
        let prefix = "$PROJECT_DIR/"
        value = whole.hasPrefix(prefix) && whole != prefix ? String(whole.dropFirst(prefix.count)) : whole
    }

    /// Names the atom of a command string, as in the API; nil if it is none.
    package init?(commandString: String) {
        guard let atom = try? Atom(commandString: commandString) else { return nil }
        self.init(atom)
    }

    /// The variable with its value, for jobs with several variables.
    package var assignment: String { "\(variable)=\(value)" }
}
