/// The part of the account's git configuration that decides how remotes are reached.
struct AccountConfiguration: Sendable {
    /// The values of the keys, in the order in which git reads them; section and name in lower case.
    let entries: [(key: String, value: String)]

    private static let pattern = #"^(core\.sshcommand|ssh\.variant|http\.|url\.)"#

    /// Asks the git program; nil when there is none.
    init?(program: String, environment: [String: String]) {
        // At the root, so that a repository around this process's own directory has no say.
        let question = [program, "-C", "/", "config", "--null", "--get-regexp", Self.pattern]
        // It fails when there is no such key.
        let answer = ChildProgram.output(of: question, environment: environment, isFailureEmpty: true)
        guard let answer else { return nil }
        self.init(answer)
    }

    /// Reads an answer: each key, a line feed, its value and a zero byte.
    init(_ answer: String) {
        entries = answer.split(separator: "\0").map { entry in
            let parts = entry.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "true")
        }
    }

    /// The value of a key; the last one counts.
    func value(_ key: String) -> String? {
        entries.last { $0.key == key }?.value
    }

    /// Whether there is a value for a name of a section, for all addresses or for some.
    func has(_ section: String, _ name: String) -> Bool {
        entries.contains { $0.key.hasPrefix("\(section).") && $0.key.hasSuffix(".\(name)") }
    }

    /// Everything in it that must not be shown.
    var secrets: [String] {
        entries.flatMap { key, value -> [String] in
            key.hasSuffix(".extraheader")
                ? Redaction.words(ofHeader: value) : Redaction.userInfo(in: key + "\n" + value)
        }
    }
}
