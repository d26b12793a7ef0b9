import ClusterRunnerPlugin
import Foundation

extension GitURL {
    /// Parses and checks an address.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument`` that shows the address without
    ///   its credentials.
    init(_ text: String) throws {
        do {
            try self.init(parsing: text)
        } catch let fault as Fault {
            throw Self.error(fault, in: text)
        }
    }

    /// Returns a copy with another path, checked like any other address.
    func replacing(path: String) throws -> GitURL {
        do {
            return try GitURL(checking: scheme, user, password, host, port, path, isSCPForm)
        } catch let fault as Fault {
            throw Self.error(fault, in: path)
        }
    }

    private static func error(_ fault: Fault, in text: String) -> ClusterRunnerError {
        ClusterRunnerError(
            .invalidArgument,
            "\"\(redacted(text))\" is not an address of a git repository: it \(fault.reason). Use http, https, ssh, git "
                + "or file with \"://\", \"user@host:path\", or an absolute path."
        )
    }

    /// Formats a possibly invalid address for messages, without control characters and possible credentials.
    static func redacted(_ text: String) -> String {
        let start = text.range(of: "://")?.upperBound ?? text.startIndex
        // Everything up to the last "@", the only certain end of a password with a slash in it.
        let rest = text[start...]
        let shown = rest.lastIndex(of: "@").map { rest[rest.index(after: $0)...] } ?? rest
        let line = (text[..<start] + shown.prefix { $0 != "?" && $0 != "#" }).prefix(200)
        return String(String.UnicodeScalarView(line.unicodeScalars.map { $0.isControl ? "?" : $0 }))
    }

    /// The fault of an address, for the end of a sentence.
    private struct Fault: Error {
        let reason: String
        init(_ reason: String) { self.reason = reason }
    }

    private init(parsing text: String) throws {
        guard !text.isEmpty else { throw Fault("is empty") }
        guard text.utf8.count <= 4096 else { throw Fault("is longer than 4096 bytes") }
        guard !text.unicodeScalars.contains(where: \.isControl) else { throw Fault("contains a control character") }
        guard !text.hasPrefix("-") else { throw Fault("starts with a dash") }
        if text.hasPrefix("/") {
            try self.init(checking: .file, nil, nil, "", nil, text, false)
        } else if let separator = text.range(of: "://") {
            try self.init(scheme: String(text[..<separator.lowerBound]), rest: text[separator.upperBound...])
        } else {
            try self.init(scpForm: text)
        }
    }

    private init(scheme name: String, rest: Substring) throws {
        guard let scheme = Scheme(rawValue: name.lowercased()) else {
            throw Fault("has the unknown scheme \"\(name.prefix(40))\"")
        }
        let authority = rest.prefix { $0 != "/" }
        let path = String(rest[authority.endIndex...])
        let split = authority.lastIndex(of: "@")
        let userInfo = split.map { authority[..<$0] }?.split(
            separator: ":",
            maxSplits: 1,
            omittingEmptySubsequences: false
        )
        let (host, port) = try Self.hostAndPort(split.map { authority[authority.index(after: $0)...] } ?? authority)
        try self.init(
            checking: scheme,
            try userInfo.map { try Self.decode($0[0]) }.flatMap { $0.isEmpty ? nil : $0 },
            try userInfo.flatMap { $0.count > 1 ? try Self.decode($0[1]) : nil },
            host,
            port,
            scheme == .file ? try Self.decode(path[...]) : path,
            false
        )
    }

    private init(scpForm text: String) throws {
        guard let colon = text.firstIndex(of: ":"), !text[..<colon].contains("/") else {
            throw Fault("has no scheme and is not an absolute path")
        }
        let parts = text[..<colon].split(separator: "@", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 2 else { throw Fault("has more than one \"@\" before its path") }
        try self.init(
            checking: .ssh,
            parts.count == 2 ? parts[0] : nil,
            nil,
            parts[parts.count - 1],
            nil,
            String(text[text.index(after: colon)...]),
            true
        )
    }

    private init(
        checking scheme: Scheme,
        _ user: String?,
        _ password: String?,
        _ host: String,
        _ port: Int?,
        _ path: String,
        _ isSCPForm: Bool
    ) throws {
        (self.scheme, self.password, self.port, self.isSCPForm) = (scheme, password, port, isSCPForm)
        (self.user, self.host) = (user, host.lowercased())
        self.path = String(path.reversed().drop { $0 == "/" }.reversed())
        if let fault = faultInHost ?? faultInUser ?? faultInPath { throw Fault(fault) }
    }

    private var faultInHost: String? {
        guard scheme != .file else {
            return host.isEmpty || host == "localhost" ? nil : "names a file on another host, \"\(host)\""
        }
        if host.isEmpty { return "has no host" }
        if host.hasPrefix("-") { return "has a host that starts with a dash" }
        let isAddress = host.hasPrefix("[") && host.hasSuffix("]")
        let allowed = isAddress ? "[]0123456789abcdef:." : "abcdefghijklmnopqrstuvwxyz0123456789-._"
        return host.allSatisfy { allowed.contains($0) } ? nil : "has a malformed host"
    }

    private var faultInUser: String? {
        guard let user else { return nil }
        if scheme == .file { return "has a user, which files do not take" }
        if user.hasPrefix("-") { return "has a user that starts with a dash" }
        return isSCPForm && user.isEmpty ? "has an empty user" : nil
    }

    /// Whether an address read as `host:path` may be a user with a password, which must not be shown as a path.
    private var looksLikePassword: Bool { isSCPForm && user == nil && path.contains("@") }

    private var faultInPath: String? {
        if path.isEmpty { return "has no path" }
        if looksLikePassword { return "has a password, which this form does not take" }
        guard scheme != .file else { return path.hasPrefix("/") ? nil : "has a path that is not absolute" }
        if path.hasPrefix("-") || path.hasPrefix(":") { return "has a path that starts with \"\(path.prefix(1))\"" }
        if path.contains(where: { $0 == "?" || $0 == "#" || $0.isWhitespace }) {
            return "has a path with a blank, \"?\" or \"#\" in it"
        }
        guard let decoded = path.removingPercentEncoding, !decoded.unicodeScalars.contains(where: \.isControl) else {
            return "has a path with malformed percent signs or a control character"
        }
        // libgit2 puts the path between single quotes for the server's shell, and escapes none in it.
        return scheme == .ssh && decoded.contains("'") ? "has a path with a single quote in it" : nil
    }

    private static func hostAndPort(_ text: Substring) throws -> (host: String, port: Int?) {
        let hostEnd = text.hasPrefix("[") ? text.firstIndex(of: "]").map { text.index(after: $0) } : nil
        guard let colon = text[(hostEnd ?? text.startIndex)...].firstIndex(of: ":") else { return (String(text), nil) }
        let digits = text[text.index(after: colon)...]
        guard !digits.isEmpty else { return (String(text[..<colon]), nil) }
        guard digits.utf8.allSatisfy({ (48...57).contains($0) }), let port = Int(digits), (1...65535).contains(port)
        else { throw Fault("has a port that is not a number from 1 to 65535") }
        return (String(text[..<colon]), port)
    }

    private static func decode(_ text: Substring) throws -> String {
        guard let decoded = text.removingPercentEncoding, !decoded.unicodeScalars.contains(where: \.isControl) else {
            throw Fault("has malformed percent signs or an encoded control character")
        }
        return decoded
    }
}

extension Unicode.Scalar {
    /// Whether this is a control character or a line separator.
    var isControl: Bool { properties.generalCategory == .control || value == 0x2028 || value == 0x2029 }
}
