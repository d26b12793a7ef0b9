import ClusterRunnerPlugin
import Foundation

/// The checked address of a repository: it can only open a connection or a directory, never start a program.
struct GitURL: Sendable, Hashable {
    /// The way to reach a repository.
    enum Scheme: String, Sendable, CaseIterable {
        case http, https, ssh, git, file
    }

    let scheme: Scheme
    /// The user, decoded; on http also the place of a token.
    let user: String?
    /// The password, decoded.
    let password: String?
    /// The host, an IPv6 address with its brackets; empty for files.
    let host: String
    let port: Int?
    /// The path: as written for network addresses, decoded for files.
    let path: String
    /// Whether it was written as `user@host:path`, where the path starts in the user's home directory.
    let isSCPForm: Bool

    /// The address without credentials, for display, storage and comparison.
    ///
    /// The user of an ssh address is kept, since it says which account the repository belongs to.
    var withoutCredentials: String {
        switch scheme {
        case .file: return "file://\(Self.encode(path, keeping: "/"))"
        case .http, .https, .git: return "\(scheme)://\(host)\(portSuffix)\(path)"
        case .ssh:
            let account = user.map { "\(Self.encode($0))@" } ?? ""
            return isSCPForm ? "\(account)\(host):\(path)" : "ssh://\(account)\(host)\(portSuffix)\(path)"
        }
    }

    /// The address as given, for a slave that fetches by itself.
    var withCredentials: String {
        guard scheme != .file, !isSCPForm, user != nil || password != nil else { return withoutCredentials }
        let secret = password.map { ":\(Self.encode($0))" } ?? ""
        return "\(scheme)://\(Self.encode(user ?? ""))\(secret)@\(host)\(portSuffix)\(path)"
    }

    /// The address for libgit2: credentials reach it through a callback only, so that its messages cannot contain them.
    var forLibrary: String { scheme == .file ? path : withoutCredentials }

    /// The address for the git program: credentials reach it in another way, so that process lists do not show them.
    var forProgram: String { forLibrary }

    private var portSuffix: String { port.map { ":\($0)" } ?? "" }

    /// Encodes all possible delimiters, except those in `kept`.
    private static func encode(_ text: String, keeping kept: String = "") -> String {
        let plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+"
        return text.addingPercentEncoding(withAllowedCharacters: CharacterSet(charactersIn: plain + kept)) ?? ""
    }
}

extension GitURL {
    /// Resolves the `url` of a submodule in a repository with this address.
    ///
    /// `./` and `../` are relative to this address and keep its credentials. A repository from the network may not
    /// point to directories of this machine.
    func submodule(_ text: String) throws -> GitURL {
        guard text.hasPrefix("./") || text.hasPrefix("../") else {
            let url = try GitURL(text)
            guard url.scheme != .file || scheme == .file else {
                throw ClusterRunnerError(
                    .failed,
                    "The submodule address \"\(url.withoutCredentials)\" is a local directory, which a repository "
                        + "from \"\(withoutCredentials)\" must not name."
                )
            }
            return url
        }
        var parts = path.split(separator: "/").map(String.init)
        for part in text.split(separator: "/") where part != "." {
            guard part == ".." else {
                parts.append(String(part))
                continue
            }
            guard parts.popLast() != nil else {
                throw ClusterRunnerError(
                    .failed,
                    "The submodule address \"\(GitURL.redacted(text))\" leads above the root of "
                        + "\"\(withoutCredentials)\"."
                )
            }
        }
        let joined = parts.joined(separator: "/")
        return try replacing(path: path.hasPrefix("/") ? "/" + joined : joined)
    }
}
