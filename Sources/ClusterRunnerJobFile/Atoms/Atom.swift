package import ClusterRunnerPlugin

/// The smallest unit of work: one value of one variable, for which the job's command runs once.
///
/// The text `$PROJECT_DIR` in a value stands for the project's path, so that atoms are equal across machines and
/// builds.
package struct Atom: Sendable, Hashable, Codable {
    /// The name of the environment variable.
    package let variable: String
    /// Its value: one line of the atomizer's output, byte for byte.
    package let value: ByteString

    /// Creates an atom.
    package init(variable: String, value: ByteString) {
        self.variable = variable
        self.value = value
    }

    /// Creates an atom with a value that is UTF-8.
    package init(variable: String, value: String) {
        self.init(variable: variable, value: ByteString(value))
    }

    /// Its name on pages and in sentences: the value in readable form, or the variable if the value is empty.
    package var title: String { value.isEmpty ? variable : value.escaped }
}
