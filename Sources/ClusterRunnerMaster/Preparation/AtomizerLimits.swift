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

    var timeoutAdvice: String { "atomizer_timeout of the master is the limit; move what takes long into setup_build." }
    var outputAdvice: String {
        "max_atomizer_output_mb of the master is the limit; an atomizer prints one line for each atom."
    }
}
