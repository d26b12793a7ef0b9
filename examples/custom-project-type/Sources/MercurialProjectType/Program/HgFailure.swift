import ClusterRunnerPlugin

/// The error of `hg` that ended with another exit code than 0.
struct HgFailure: Error {
    /// The part of the world that is to blame.
    enum Kind: CaseIterable {
        /// The server accepts connections and says nothing.
        case silence
        /// There is no repository at the address.
        case absence
        /// The server asks for a login.
        case login
        /// The ssh server does not let this account in, or is not known to it.
        case access
        /// The changeset has subrepositories.
        case subrepositories
        /// The network or this machine.
        case outside
        /// Anything else; files of the mirror may be damaged.
        case unclear
    }

    /// Its command, such as `pull`.
    let command: String
    /// The reason that it gave, on one line.
    let reason: String

    init(command: String, errors: [UInt8]) {
        self.command = command
        let lines = ByteString(errors).escaped.split(whereSeparator: \.isNewline).map(String.init)
        // After a crash, the name of the exception is at the end.
        let line = lines.first { $0.hasPrefix("abort: ") } ?? lines.last ?? "nothing"
        let plain = line.unicodeScalars.prefix(500).map { $0.isControl ? "?" : $0 }
        reason = String(String.UnicodeScalarView(plain)).replacing(/^abort: (error: )?/, with: "")
    }

    /// The kind of failure, by the words of `hg`.
    var kind: Kind {
        let reason = reason.lowercased()
        // The directory "." is the mirror itself.
        if command == "pull", reason.contains(/^repository .* not found/), !reason.hasPrefix("repository . ") {
            return .absence
        }
        return Self.words.first { $0.words.contains(where: reason.contains) }?.kind ?? .unclear
    }

    private static let words: [(kind: Kind, words: [String])] = [
        (.silence, ["timed out"]),
        (.absence, ["does not appear to be an hg repository", "http error 404"]),
        (.login, ["authorization", "authentication", "http error 401", "http error 403"]),
        (.access, ["host key", "publickey", "no suitable response from remote hg"]),
        (.subrepositories, ["subrepos not enabled"]),
        (
            .outside,
            [
                "connection", "name or service not known", "name resolution", "no route to host", "unreachable",
                "certificate", "http error", "no space left", "disk quota", "permission denied", "read-only",
                "too many open files", "cannot allocate", "interrupted", "killed",
            ]
        ),
    ]

    /// Returns the sentence for the person who must act.
    ///
    /// `url` has no credentials; `limit` is the time in which a server must answer.
    func sentence(_ url: String, silence limit: Duration) -> String {
        switch kind {
        case .silence:
            "The server of \(url) did not answer within \(limit.components.seconds) s. Check that it runs, or raise "
                + "\"timeout\" in the section [http] of the service's hgrc."
        case .absence:
            "There is no Mercurial repository at \(url); hg said \"\(reason)\". Check \"url\"."
        case .login:
            "\(url) asks for a login; hg said \"\(reason)\". Enter it in the section [auth] of the hgrc of the account "
                + "that runs the service, or put it into \"url\"."
        case .access:
            "\(url) did not let hg in; hg said \"\(reason)\". Check that \"hg identify \(url)\" works for the account "
                + "that runs the service, without a question."
        case .subrepositories:
            "\(url) has subrepositories, which this project type does not fetch."
        case .outside, .unclear:
            "Fetching \(url) failed: hg \(command) said \"\(reason)\"."
        }
    }
}
