import ClusterRunnerPlugin
import ClusterRunnerWire

/// A host of a deployment: `[USER@]HOST[:PORT]`, with the host as ssh takes it.
struct DeployHost: Sendable, Hashable {
    /// The text of the command line, for messages.
    let text: String
    /// The user to log in as; nil leaves the choice to ssh.
    let user: String?
    /// The host: a name, an alias of ssh's configuration, or an address without brackets.
    let host: String
    /// The port of the ssh server; nil leaves the choice to ssh.
    let port: Int?

    /// Parses a host.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument``.
    init(_ text: String) throws {
        var rest = text[...]
        var user: Substring?
        if let at = rest.lastIndex(of: "@") {
            user = rest[..<at]
            rest = rest[rest.index(after: at)...]
        }
        let (host, port) = Self.split(rest)
        let isName = user.map(Self.isName) ?? true && (Self.isName(host) || Self.isAddress(host))
        let number = port.flatMap { Int($0) }
        guard isName, port == nil || (1...65_535).contains(number ?? 0) else {
            throw ClusterRunnerError(
                .invalidArgument,
                "\"\(ArgumentBytes.shown(text))\" is not a host of ssh. Use HOST, USER@HOST or USER@HOST:PORT, and "
                    + "brackets around an IPv6 address before a port."
            )
        }
        self.text = text
        self.user = user.map(String.init)
        self.host = String(host)
        self.port = number
    }

    /// Splits a text into a host without brackets, and the text of a port.
    private static func split(_ text: Substring) -> (host: Substring, port: Substring?) {
        // Only an address in brackets can have a port behind its colons.
        if isAddress(text) { return (text, nil) }
        let colon = text.hasSuffix("]") ? nil : text.lastIndex(of: ":")
        let host = colon.map { text[..<$0] } ?? text
        let inner = host.dropFirst().dropLast()
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]") && isAddress(inner)
        return (isBracketed ? inner : host, colon.map { text[text.index(after: $0)...] })
    }

    /// Whether a text is a name that ssh cannot take for an option, and no shell for anything else.
    private static func isName(_ text: Substring) -> Bool {
        !text.hasPrefix("-") && !text.isEmpty
            && text.unicodeScalars.allSatisfy {
                $0.properties.isAlphabetic || ("0"..."9").contains($0) || "-._".unicodeScalars.contains($0)
            }
    }

    /// Whether a text is an IPv6 address; its zone, which may be any text, must be a name.
    private static func isAddress(_ text: Substring) -> Bool {
        let zone = text.split(separator: "%", maxSplits: 1).dropFirst().first
        return HostText.isIPv6Address(text) && zone.map(isName) ?? true
    }

    /// Whether it is this machine, which is reached without ssh.
    var isLocal: Bool { user == nil && port == nil && ["localhost", "127.0.0.1", "::1"].contains(host) }

    /// The place, in which two texts may name the same host.
    var place: Place { Place(host: host, port: port) }

    /// A host and the port of its ssh server.
    struct Place: Hashable {
        let host: String
        let port: Int?
    }
}

extension DeployHost: CustomStringConvertible {
    var description: String { text }
}
