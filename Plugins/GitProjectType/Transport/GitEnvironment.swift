/// The environment of the git program: the account's, without variables of other repositories and for prompts.
enum GitEnvironment {
    // Set by a hook or an alias of a surrounding repository; git would then work on that repository.
    private static let ofARepository: Set = [
        "GIT_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_INDEX_VERSION",
        "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH", "GIT_NAMESPACE",
        "GIT_PREFIX", "GIT_CONFIG", "GIT_SHALLOW_FILE", "GIT_GRAFT_FILE", "GIT_NO_REPLACE_OBJECTS",
        "GIT_REPLACE_REF_BASE", "GIT_INTERNAL_SUPER_PREFIX", "GIT_PROTOCOL", "GIT_DEFAULT_HASH",
        "GIT_REFLOG_ACTION",
    ]
    private static let asking: Set = ["SSH_ASKPASS", "SSH_ASKPASS_REQUIRE", "GIT_EDITOR", "GIT_SEQUENCE_EDITOR"]

    /// The permitted schemes of git, even where its configuration rewrites an address or a server redirects it.
    private static let schemes = GitURL.Scheme.allCases.map(\.rawValue)

    /// Makes the environment for git, and for all programs that it starts.
    ///
    /// Keeps settings for reaching a server: proxies, authorities, agents, ssh commands, places of configuration.
    static func scrubbed(_ account: [String: String], home: String) -> [String: String] {
        var environment = account.filter { name, _ in
            !ofARepository.contains(name) && !asking.contains(name)
                // They would write between git's own messages, including credentials.
                && !name.hasPrefix("GIT_TRACE") && name != "GIT_CURL_VERBOSE"
        }
        if environment["HOME"]?.isEmpty ?? true { environment["HOME"] = home }
        // A master runs unattended, so all prompts are disabled. An empty name means no program.
        environment["GIT_ASKPASS"] = ""
        environment["GIT_TERMINAL_PROMPT"] = "0"
        environment["GCM_INTERACTIVE"] = "never"
        // Messages are parsed here, so they must not be translated.
        environment["LC_ALL"] = "C"
        environment["LANGUAGE"] = nil
        environment["GIT_ALLOW_PROTOCOL"] = allowed(by: account["GIT_ALLOW_PROTOCOL"])
        return environment
    }

    private static func allowed(by account: String?) -> String {
        guard let account else { return schemes.joined(separator: ":") }
        let names = account.split(separator: ":").map(String.init)
        return schemes.filter(names.contains).joined(separator: ":")
    }
}
