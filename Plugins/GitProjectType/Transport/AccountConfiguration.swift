/// The part of the account's git configuration that affects the access to remotes.
struct AccountConfiguration: Sendable {
    /// The keys with their values, in the order in which git reads them; section and name in lower case.
    let entries: [(key: String, value: String)]

    private static let pattern = #"^(core\.sshcommand|ssh\.variant|http\.|url\.)"#

    /// Reads the configuration with the git program; nil without the program.
    init?(program: String, environment: [String: String]) {
        // At the root, so that a repository around this process's own directory has no influence.
        let question = [program, "-C", "/", "config", "--null", "--get-regexp", Self.pattern]
        // The program fails if there is no such key.
        let answer = ChildProgram.output(of: question, environment: environment, isFailureEmpty: true)
        guard let answer else { return nil }
        self.init(answer)
    }

    /// Parses an answer: each key, a line feed, its value and a zero byte.
    init(_ answer: String) {
        entries = answer.split(separator: "\0").map { entry in
            let parts = entry.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "true")
        }
    }

    /// Returns the value of a key; the last one wins.
    func value(_ key: String) -> String? {
        entries.last { $0.key == key }?.value
    }

    /// Whether a name of a section has a value, for all addresses or for some.
    func has(_ section: String, _ name: String) -> Bool {
        entries.contains { $0.key.hasPrefix("\(section).") && $0.key.hasSuffix(".\(name)") }
    }

    /// All values that must not be shown.
    var secrets: [String] {
        entries.flatMap { key, value -> [String] in
            key.hasSuffix(".extraheader")
                ? Redaction.words(ofHeader: value) : Redaction.userInfo(in: key + "\n" + value)
        }
    }
}
