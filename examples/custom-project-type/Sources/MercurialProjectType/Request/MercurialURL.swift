import ClusterRunnerPlugin
import Foundation

/// The checked address of a repository: it can only open a connection or a directory, never start a program.
struct MercurialURL: Sendable, Hashable {
    /// The way to reach a repository.
    enum Scheme: String, Sendable, CaseIterable {
        case http, https, ssh, file
    }

    let scheme: Scheme
    /// The user and the password before the host, in the encoding of URLs.
    private let user: String?
    private let password: String?
    /// The host with its port.
    private let host: String
    /// The path from the first slash on, in the encoding of URLs.
    private let path: String

    /// The address without credentials, for display, storage and comparison.
    ///
    /// The user of an ssh address is kept: it says whose repository this is.
    var withoutCredentials: String {
        let account = scheme == .ssh ? user.map { "\($0)@" } ?? "" : ""
        return "\(scheme)://\(account)\(host)\(path)"
    }

    /// The address with all that `hg` needs to open it.
    var withCredentials: String {
        let secret = password.map { ":\($0)" } ?? ""
        return "\(scheme)://\(user.map { "\($0)\(secret)@" } ?? "")\(host)\(path)"
    }

    /// The words that must not appear in messages, as written and decoded.
    var secrets: [String] {
        guard scheme == .http || scheme == .https else { return [] }
        return [user, password].compactMap { $0 }.flatMap { [$0, $0.removingPercentEncoding ?? $0] }
    }
}

extension MercurialURL {
    /// Parses and checks an address.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument``.
    init(_ text: String) throws {
        do {
            try self.init(parsing: text)
        } catch let fault as Fault {
            throw ClusterRunnerError(
                .invalidArgument,
                "\"\(Self.redacted(text))\" is not an address of a Mercurial repository: it \(fault.reason). Use "
                    + "\"https://HOST/PATH\", \"http://HOST/PATH\", \"ssh://USER@HOST/PATH\", \"file:///PATH\" or an "
                    + "absolute path."
            )
        }
    }

    /// Formats a possibly malformed address for messages, without control characters and possible credentials.
    private static func redacted(_ text: String) -> String {
        let start = text.range(of: "://")?.upperBound ?? text.startIndex
        // The last "@" is the only certain end of a password.
        let shown = text[start...].lastIndex(of: "@").map { text[text.index(after: $0)...] } ?? text[start...]
        let line = (text[..<start] + shown.prefix { $0 != "?" && $0 != "#" }).unicodeScalars.prefix(200)
        return String(String.UnicodeScalarView(line.map { $0.isControl ? "?" : $0 }))
    }

    /// The fault of an address, for the end of a sentence.
    private struct Fault: Error {
        let reason: String
        init(_ reason: String) { self.reason = reason }
    }

    private init(parsing text: String) throws {
        guard !text.isEmpty else { throw Fault("is empty") }
        guard text.utf8.count <= 2048 else { throw Fault("is longer than 2048 bytes") }
        guard !text.unicodeScalars.contains(where: \.isControl) else { throw Fault("contains a control character") }
        guard !text.hasPrefix("-") else { throw Fault("starts with a dash") }
        if text.hasPrefix("/") {
            self.init(scheme: .file, user: nil, password: nil, host: "", path: Self.encoded(Self.trimmed(text)))
        } else if let separator = text.range(of: "://") {
            try self.init(scheme: text[..<separator.lowerBound], rest: text[separator.upperBound...])
        } else {
            throw Fault("has no scheme and is not an absolute path")
        }
    }

    private init(scheme name: Substring, rest: Substring) throws {
        guard let scheme = Scheme(rawValue: name.lowercased()) else {
            throw Fault("has the unknown scheme \"\(name.prefix(40))\"")
        }
        self.scheme = scheme
        let authority = rest.prefix { $0 != "/" }
        let split = authority.lastIndex(of: "@")
        let account = split.map { authority[..<$0].split(separator: ":", maxSplits: 1).map(String.init) } ?? []
        user = account.first
        password = account.count > 1 ? account[1] : nil
        host = (split.map { authority[authority.index(after: $0)...] } ?? authority).lowercased()
        let given = String(rest[authority.endIndex...])
        guard let decoded = Self.decoded(given) else {
            throw Fault("has a path with malformed percent signs or a control character")
        }
        // One spelling for each path, so that two builds of a repository share its mirror.
        let encoded = scheme == .file ? Self.encoded(decoded) : Self.encoded(Array(given.utf8), keeping: "%")
        // A web server may have the repository at its root.
        path = Self.trimmed(encoded.isEmpty && (scheme == .http || scheme == .https) ? "/" : encoded)
        if let fault = faultInHost ?? faultInAccount ?? faultInPath(given) { throw Fault(fault) }
    }

    private var faultInHost: String? {
        guard scheme != .file else {
            return host.isEmpty || host == "localhost" ? nil : "names a file on another host, \"\(host)\""
        }
        if host.isEmpty { return "has no host" }
        // An ssh client would take it for an option.
        if host.hasPrefix("-") { return "has a host that starts with a dash" }
        return host.wholeMatch(of: /([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?/) == nil ? "has a malformed host" : nil
    }

    private var faultInAccount: String? {
        guard let user else { return nil }
        if scheme == .file { return "has a user, which files do not take" }
        let parts = [user, password].compactMap { $0 }.map { Self.decoded($0) }
        if parts.contains(nil) { return "has a user or password with malformed percent signs or a control character" }
        if parts[0]?.first == UInt8(ascii: "-") { return "has a user that starts with a dash" }
        return scheme == .ssh && password != nil ? "has a password, which ssh does not take: use a key" : nil
    }

    private func faultInPath(_ given: String) -> String? {
        if path.isEmpty { return "has no path" }
        if scheme == .file { return nil }
        if given.contains(where: { $0 == "?" || $0 == "#" || $0.isWhitespace }) {
            return "has a path with a blank, \"?\" or \"#\" in it"
        }
        // The hg at the other end would take it for an option.
        return path.hasPrefix("/-") ? "has a path that starts with a dash" : nil
    }

    /// Returns the path without slashes at its end; only the root is one slash.
    private static func trimmed(_ path: String) -> String {
        let kept = String(path.reversed().drop { $0 == "/" }.reversed())
        return kept.isEmpty && path.hasPrefix("/") ? "/" : kept
    }

    private static func encoded(_ text: String) -> String { encoded(Array(text.utf8)) }

    /// Encodes all bytes except those without a meaning in URLs, the slash, and `kept`.
    private static func encoded(_ bytes: [UInt8], keeping kept: String = "") -> String {
        let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/\(kept)".utf8)
        return bytes.map { byte in
            guard !plain.contains(byte) else { return String(UnicodeScalar(byte)) }
            return "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }

    /// Decodes percent signs to bytes; nil when one is malformed, or a byte is a control character.
    private static func decoded(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard digits.wholeMatch(of: /[0-9a-fA-F]{2}/) != nil, let value = UInt8(digits, radix: 16) else {
                return nil
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return bytes.contains { $0 < 0x20 || $0 == 0x7F } ? nil : bytes
    }
}

extension Unicode.Scalar {
    /// Whether this is a control character or a line separator.
    var isControl: Bool { properties.generalCategory == .control || value == 0x2028 || value == 0x2029 }
}
