import Foundation

/// The credential helpers in the account's configuration of git.
struct CredentialHelper {
    let url: GitURL
    let environment: [String: String]

    /// Asks for the user and password of the address; nil when no helper knows them, or without the git program.
    ///
    /// A master runs unattended, so all interactive prompts are disabled.
    func ask() -> (user: String, password: String)? {
        var environment = environment
        environment["GIT_TERMINAL_PROMPT"] = "0"
        environment["GCM_INTERACTIVE"] = "never"
        environment["GIT_ASKPASS"] = nil
        environment["SSH_ASKPASS"] = nil
        let answer = ChildProgram.output(
            // At the root, so that a repository around this process's own directory has no influence.
            of: ["git", "-C", "/", "-c", "core.askPass=", "credential", "fill"],
            input: Self.question(about: url),
            environment: environment
        )
        return answer.flatMap(Self.credentials(in:))
    }

    /// Returns the question in git's format: one attribute a line, an empty line at the end.
    static func question(about url: GitURL) -> String {
        let host = url.host + (url.port.map { ":\($0)" } ?? "")
        let path = String((url.path.removingPercentEncoding ?? url.path).drop { $0 == "/" })
        var lines = ["protocol=\(url.scheme)", "host=\(host)", "path=\(path)"]
        if let user = url.user { lines.append("username=\(user)") }
        return lines.map { $0 + "\n" }.joined() + "\n"
    }

    /// Parses the user and password of an answer in the same format.
    static func credentials(in answer: String) -> (user: String, password: String)? {
        var values: [Substring: Substring] = [:]
        for line in answer.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { values[parts[0]] = parts[1] }
        }
        guard let user = values["username"], let password = values["password"] else { return nil }
        return (String(user), String(password))
    }
}
