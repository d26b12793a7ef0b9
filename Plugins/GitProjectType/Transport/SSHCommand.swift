import Glibc

/// The command for git's ssh connections, with options that disable prompts and endless waits.
enum SSHCommand {
    private static let neverAsking = "-o BatchMode=yes"
    private static let bounded = "-o ConnectTimeout=30 -o ServerAliveInterval=15 -o ServerAliveCountMax=4"

    /// Makes the command for `GIT_SSH_COMMAND`; nil if the account uses a program other than OpenSSH, with other
    /// options.
    static func make(
        environment: [String: String],
        configuration: AccountConfiguration,
        isStrict: Bool,
        home: Home
    ) -> String? {
        let command =
            environment["GIT_SSH_COMMAND"].nonEmpty ?? configuration.value("core.sshcommand").nonEmpty
            ?? environment["GIT_SSH"].nonEmpty.map(quoted) ?? "ssh\(home.options)"
        let (program, rest) = split(command)
        let variant = environment["GIT_SSH_VARIANT"] ?? configuration.value("ssh.variant") ?? "auto"
        let isOpenSSH = ["ssh", "auto"].contains(variant) && program.name == "ssh" || variant == "ssh"
        guard isOpenSSH else { return nil }
        // ssh takes the first of a repeated option. Strictness is decided here; without it the account may be laxer
        // than `accept-new`.
        let strict = isStrict ? " -o StrictHostKeyChecking=yes" : ""
        let lax = isStrict ? "" : " -o StrictHostKeyChecking=accept-new"
        return "\(program.text) \(neverAsking)\(strict)\(rest) \(bounded)\(lax)"
    }

    /// The directory that contains `.ssh`.
    struct Home {
        let path: String
        /// The directory that ssh itself uses.
        let systemPath: String

        /// Options for the keys and hosts of a `HOME` that differs from the system's, as in containers.
        fileprivate var options: String {
            let ours = "\(path)/.ssh"
            guard path != systemPath, access(ours, F_OK) == 0 else { return "" }
            let names = ["id_ed25519", "id_ecdsa", "id_rsa"]
            let files: [String] = names.map { "\(ours)/\($0)" } + names.map { "\(systemPath)/.ssh/\($0)" }
            let keys = files.filter { (file: String) in access(file, R_OK) == 0 }
            let hosts = "UserKnownHostsFile=\"\(ours)/known_hosts\" \"\(systemPath)/.ssh/known_hosts\""
            let file = access("\(ours)/config", R_OK) == 0 ? " -F \(SSHCommand.quoted("\(ours)/config"))" : ""
            return file
                + ([hosts] + keys.map { "IdentityFile=\"\($0)\"" }).map { " -o \(SSHCommand.quoted($0))" }.joined()
        }
    }

    /// Splits a shell command into its first word and the rest.
    private static func split(_ command: String) -> (program: Word, rest: Substring) {
        let command = command.drop { $0 == " " }
        let end: Substring.Index
        if let quote = command.first, quote == "'" || quote == "\"",
            let closing = command.dropFirst().firstIndex(of: quote)
        {
            end = command.index(after: closing)
        } else {
            end = command.firstIndex(of: " ") ?? command.endIndex
        }
        return (Word(text: command[..<end]), command[end...])
    }

    private struct Word {
        let text: Substring

        /// The name of the program without its directory.
        var name: String { text.filter { $0 != "'" && $0 != "\"" }.split(separator: "/").last.map(String.init) ?? "" }
    }

    fileprivate static func quoted(_ path: String) -> String {
        "'\(path.replacing("'", with: #"'\''"#))'"
    }
}

extension String? {
    fileprivate var nonEmpty: String? { flatMap { $0.isEmpty ? nil : $0 } }
}
