import CGit2
import Foundation

/// The credentials for one conversation with a remote, each tried once.
///
/// The server decides which kind it wants. A refused source is not tried again, so a wrong password cannot prolong the
/// conversation endlessly.
final class RemoteCredentials {
    /// The source of a credential.
    enum Source: Equatable {
        case address(user: String, password: String)
        case helper
        case agent
        case keyFile(String)

        /// Its name in messages.
        var name: String {
            switch self {
            case .address: "the credentials in the URL"
            case .helper: "the git credential helper"
            case .agent: "the ssh agent"
            case .keyFile(let path): path
            }
        }

        /// The kind of credential, in libgit2's bits.
        fileprivate var kind: UInt32 {
            switch self {
            case .address, .helper: GIT_CREDENTIAL_USERPASS_PLAINTEXT.rawValue
            case .agent, .keyFile: GIT_CREDENTIAL_SSH_KEY.rawValue
            }
        }
    }

    private let url: GitURL
    private let surroundings: GitSurroundings
    private var remaining: [Source]
    private var tried: [Source] = []
    private var isTriedInThisRound = false
    private var isWanted = false

    init(for url: GitURL, surroundings: GitSurroundings) {
        self.url = url
        self.surroundings = surroundings
        remaining = Self.sources(for: url, surroundings: surroundings)
        // Credentials in the address are meant for its server, even before it asks.
        if case .address? = remaining.first, url.scheme != .ssh { _ = useNextHeader() }
    }

    /// Returns the available sources for an address, in the order of their use.
    static func sources(for url: GitURL, surroundings: GitSurroundings) -> [Source] {
        let hasCredentials = url.user != nil || url.password != nil
        let address = Source.address(user: url.user ?? "", password: url.password ?? "")
        switch url.scheme {
        case .http, .https:
            return (hasCredentials ? [address] : []) + [.helper]
        case .ssh:
            let agent = surroundings.environment["SSH_AUTH_SOCK"].map { $0.isEmpty ? [] : [Source.agent] } ?? []
            let keys = ["id_ed25519", "id_ecdsa", "id_rsa"].map { "\(surroundings.homeDirectory)/.ssh/\($0)" }
                .filter { FileManager.default.isReadableFile(atPath: $0) }
            return (url.password == nil ? [] : [address]) + agent + keys.map(Source.keyFile)
        case .git, .file:
            return []
        }
    }

    /// The header that authenticates on http from the first request on; nil while there are no credentials.
    ///
    /// libgit2's own answer to a server's challenge crashes in the version built for Debian 12 when the challenge
    /// contains a text, which most do.
    private(set) var header: String?

    /// Makes the next credential of a kind that the server accepts.
    ///
    /// - Returns: zero, or a code that ends the conversation.
    func next(_ out: UnsafeMutablePointer<UnsafeMutablePointer<git_credential>?>, user: String?, allowed: UInt32)
        -> Int32
    {
        isWanted = true
        guard url.scheme == .ssh else { return GIT_EAUTH.rawValue }
        let user = user ?? url.user ?? surroundings.user
        // The server first asks for a user name, which proves nothing and does not count as an attempt.
        if allowed & GIT_CREDENTIAL_USERNAME.rawValue != 0 { return git_credential_username_new(out, user) }
        while let index = remaining.firstIndex(where: { $0.kind & allowed != 0 }) {
            let source = remaining.remove(at: index)
            if make(source, user: user, out) {
                tried.append(source)
                isTriedInThisRound = true
                return 0
            }
        }
        return GIT_EAUTH.rawValue
    }

    /// Prepares another connection after the server refused the last one.
    ///
    /// Every round uses up a source, so the rounds end.
    ///
    /// - Returns: whether there is another source to try.
    func startAnotherRound() -> Bool {
        guard isWanted else { return false }
        guard url.scheme == .ssh else { return useNextHeader() }
        // Some keys, such as those with a passphrase, end the connection instead of being refused on it.
        defer { isTriedInThisRound = false }
        return isTriedInThisRound && !remaining.isEmpty
    }

    private func useNextHeader() -> Bool {
        while !remaining.isEmpty {
            let source = remaining.removeFirst()
            guard let (user, password) = userAndPassword(of: source) else { continue }
            tried.append(source)
            header = "Authorization: Basic \(Data("\(user):\(password)".utf8).base64EncodedString())"
            return true
        }
        return false
    }

    private func userAndPassword(of source: Source) -> (user: String, password: String)? {
        switch source {
        case .address(let user, let password): (user, password)
        case .helper: CredentialHelper(url: url, environment: surroundings.environment).ask()
        case .agent, .keyFile: nil
        }
    }

    /// The message for users when there is nothing to offer the server.
    static let noCredentials =
        "the server wants credentials, and there are none for it; give them to the account of this service by a git "
        + "credential helper, or use an ssh URL with a key"

    /// The message for users after the server refused all credentials.
    var summary: String {
        guard !tried.isEmpty else { return Self.noCredentials }
        return "the server refused \(tried.map(\.name).joined(separator: ", "))"
    }

    private func make(
        _ source: Source,
        user: String,
        _ out: UnsafeMutablePointer<UnsafeMutablePointer<git_credential>?>
    ) -> Bool {
        switch source {
        case .address(let user, let password):
            return git_credential_userpass_plaintext_new(out, user, password) == 0
        case .helper:
            return false
        case .agent:
            return git_credential_ssh_key_from_agent(out, user) == 0
        case .keyFile(let path):
            let publicKey = FileManager.default.fileExists(atPath: "\(path).pub") ? "\(path).pub" : nil
            return git_credential_ssh_key_new(out, user, publicKey, path, nil) == 0
        }
    }
}
