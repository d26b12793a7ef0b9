/// The limits of each atomizer.
package struct AtomizerLimits: Sendable, Equatable {
    /// The longest run time; `atomizer_timeout`.
    package var timeout: Duration
    /// The maximum size of its output; `max_atomizer_output_mb`.
    package var outputBytes: Int

    /// Creates limits with the defaults of a configuration file.
    package init(timeout: Duration = .seconds(1800), outputBytes: Int = 32 << 20) {
        self.timeout = timeout
        self.outputBytes = outputBytes
    }

    var timeoutAdvice: String { "The limit is atomizer_timeout of the master; move long work into setup_build." }
    var outputAdvice: String {
        "The limit is max_atomizer_output_mb of the master; an atomizer prints one line for each atom."
    }
}
