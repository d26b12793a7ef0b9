package import ClusterRunnerPlugin

/// The smallest unit of work: one value of one variable, for which the job's command runs once.
///
/// The project's path stands in a value as the text `$PROJECT_DIR`, so that atoms compare equal over machines and builds.
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

    /// Creates an atom of a text.
    package init(variable: String, value: String) {
        self.init(variable: variable, value: ByteString(value))
    }
}
