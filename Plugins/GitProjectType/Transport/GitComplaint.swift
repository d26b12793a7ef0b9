import CGit2
import ClusterRunnerPlugin

/// The final messages of the git program, condensed for the end of a sentence.
struct GitComplaint {
    let url: GitURL
    let isStrict: Bool
    private let lines: [String]

    init(_ errors: [UInt8], url: GitURL, isStrict: Bool, redaction: Redaction) {
        (self.url, self.isStrict) = (url, isStrict)
        lines = String(decoding: errors, as: UTF8.self)
            .split { $0.isNewline }
            .map { redaction(String($0)).trimmed }
            .filter { !$0.isEmpty && !Self.isNoise($0) }
    }

    /// The failure that they describe.
    var failure: GitFailure {
        GitFailure(
            code: isAboutCredentials ? GIT_EAUTH.rawValue : GIT_ERROR.rawValue,
            message: message,
            isDamage: isDamage
        )
    }

    /// One sentence without a full stop.
    private var message: String {
        aboutFolder ?? aboutHostKey ?? aboutCredentials ?? aboutRedirection ?? aboutSpeed ?? aboutHashes ?? summary
    }

    /// The most informative lines.
    private var summary: String {
        // Warnings are shown only without other lines.
        let serious = lines.filter { !$0.lowercased().hasPrefix("warning: ") }
        let shown = (serious.isEmpty ? lines : serious).map { line in
            let start = ["fatal: ", "error: ", "remote: fatal: ", "remote: error: "].first { line.hasPrefix($0) } ?? ""
            let text = line.dropFirst(start.count)
            return text.hasSuffix(".") ? text.dropLast() : text
        }
        guard !shown.isEmpty else { return "git failed without a word" }
        let more = shown.filter { $0 != "Could not read from remote repository" }
        return String((more.isEmpty ? shown : more).prefix(6).joined(separator: "; ").prefix(700))
    }

    private static func isNoise(_ line: String) -> Bool {
        let text = line.hasPrefix("remote: ") ? line.dropFirst("remote: ".count) : line[...]
        let progress = [
            "Enumerating objects", "Counting objects", "Compressing objects", "Receiving objects", "Resolving deltas",
            "Unpacking objects", "Checking connectivity", "Checking objects", "Total ", "Finding sources",
        ]
        let rest = [
            "From ", "hint: ", "Please make sure you have the correct access rights", "and the repository exists",
        ]
        return progress.contains(where: text.hasPrefix) || rest.contains(where: line.hasPrefix)
            || line.contains(" -> ") && "*+-=!t0123456789abcdef".contains(line.prefix(1)) && !line.hasPrefix("fatal")
            || line.allSatisfy { $0 == "@" } || line.contains("to the list of known hosts")
    }

    private func says(_ text: String) -> Bool { lines.contains { $0.contains(text) } }
}

// MARK: - Messages in our own terms

extension GitComplaint {
    private var aboutHostKey: String? {
        let host = HostKeyCheck.entry(for: url)
        if says("REVOKED HOST KEY") || says("host key") && says("revoked") {
            return "the ssh host key of \(host) is marked as revoked in known_hosts"
        }
        if says("REMOTE HOST IDENTIFICATION HAS CHANGED") {
            return HostKeyCheck.changed(host)
        }
        guard says("Host key verification failed") else { return nil }
        return isStrict ? HostKeyCheck.unknown(host) : "the ssh host key of \(host) was not accepted"
    }

    /// git says of a folder that it may not enter that no repository is there.
    private var aboutFolder: String? {
        url.scheme == .file ? PathObstacle(to: ByteString(url.path)).map { "\($0)" } : nil
    }

    private var isAboutCredentials: Bool { aboutCredentials != nil }

    private var aboutCredentials: String? {
        if says("terminal prompts disabled") || says("could not read Username") || says("could not read Password") {
            return RemoteCredentials.noCredentials
        }
        guard says("Authentication failed for") || says("HTTP Basic: Access denied") else { return nil }
        let source =
            url.password == nil ? "the credentials of the account's git configuration" : "the credentials in the URL"
        return "the server refused \(source)"
    }

    /// Redirections are refused only where the account has headers that would be sent along.
    private var aboutRedirection: String? {
        guard ["301", "302", "303", "307", "308"].contains(where: { says("returned error: \($0)") }) else { return nil }
        return
            "the server redirects to another address, where http.extraHeader of the account's git configuration must "
            + "not be sent: use that address in the request"
    }

    private var aboutSpeed: String? {
        says("Operation too slow") ? "the server sent next to nothing for a minute" : nil
    }

    private var aboutHashes: String? {
        says("mismatched algorithms") || says("objectformat") || says("object format") ? Self.newHashes : nil
    }

    /// The fault of a repository with a format that libgit2 cannot read.
    static let newHashes =
        "it names its objects by SHA-256, which ClusterRunner cannot read; only repositories with SHA-1 names can be built"
}

// MARK: - Damage of the repository here

extension GitComplaint {
    /// Whether the failure may be caused by this repository, instead of the remote, the network or the machine.
    private var isDamage: Bool {
        let all = lines.joined(separator: "\n").lowercased()
        return !Self.elsewhere.contains(where: all.contains) || Self.here.contains(where: all.contains)
    }

    private static let here = [
        "bad object", "corrupt", "missing blob", "missing tree", "missing commit", "object file", "loose object",
        "packfile", "did not send all necessary objects", "bad ref", "broken", "invalid sha1 pointer",
        "not a git repository:", "could not parse", "inflate", "pack index", "does not point to a valid object",
        "unresolved deltas", "cannot lock ref", "unable to resolve reference", "bad config", "unable to read",
    ]

    private static let elsewhere = [
        "could not read from remote", "unable to access", "unable to connect", "early eof", "hung up", "rpc failed",
        "connection", "timed out", "couldn't find remote ref", "not our ref", "unadvertised object",
        "authentication failed", "permission denied", "no space left", "quota exceeded", "read-only file system",
        "too many open files", "cannot allocate memory", "out of memory", "does not appear to be a git repository",
        "not found", "too slow", "unexpected disconnect", "requested url", "protocol error", "prompts disabled",
        "access denied", "mismatched algorithms", "could not resolve",
    ]
}

extension String {
    fileprivate var trimmed: String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
