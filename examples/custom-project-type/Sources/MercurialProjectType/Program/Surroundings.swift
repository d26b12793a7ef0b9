import Foundation

/// The environment of `hg` on this machine, and the limits of its runs.
struct Surroundings: Sendable {
    /// The environment of the service.
    var environment: [String: String]
    /// Maximum run time of one call of `hg`.
    var timeLimit = Duration.seconds(3_600)
    /// Maximum time that an http server may say nothing, where the account's configuration has no `http.timeout`.
    var answerLimit = Duration.seconds(60)

    /// The surroundings of this process.
    static var current: Self { Self(environment: ProcessInfo.processInfo.environment) }

    /// The environment for `hg`: the account's, without variables of other repositories and for prompts.
    var forProgram: [String: String] {
        // Variables such as HG_NODE or HGPLAINEXCEPT come from a hook or a shell; HGRCPATH is part of the configuration.
        var variables = environment.filter { name, _ in
            name == "HGRCPATH" || !name.hasPrefix("HG") && !name.hasPrefix("SSH_ASKPASS")
        }
        // Untranslated messages, no aliases, no defaults, no colours.
        variables["HGPLAIN"] = "1"
        variables["HGENCODING"] = "UTF-8"
        variables["LC_ALL"] = "C.UTF-8"
        variables["LANGUAGE"] = nil
        return variables
    }
}
