import ClusterRunnerPlugin
import ClusterRunnerWire

/// The address of a master.
package struct MasterAddress: Sendable, Equatable, CustomStringConvertible {
    /// Whether the connection is encrypted.
    package let isHTTPS: Bool
    /// The host's name or address; an IPv6 address is stored without brackets.
    package let host: String
    /// The port.
    package let port: Int

    /// Creates an address from its parts.
    package init(host: String, port: Int, isHTTPS: Bool = false) {
        self.isHTTPS = isHTTPS
        self.host = Self.withoutBrackets(host)
        self.port = port
    }

    /// Parses `HOST`, `HOST:PORT` or `http(s)://HOST:PORT`; the default port is 43000.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument``.
    package init(_ text: String) throws {
        var rest = text[...]
        isHTTPS = rest.hasPrefix("https://")
        if let scheme = ["http://", "https://"].first(where: rest.hasPrefix) { rest = rest.dropFirst(scheme.count) }
        while rest.last == "/" { rest = rest.dropLast() }
        var port: Int? = 43000
        if let separator = rest.lastIndex(of: ":"), !rest.hasSuffix("]") {
            port = Int(rest[rest.index(after: separator)...])
            rest = rest[..<separator]
        }
        guard let port, (1...65535).contains(port), Self.isHost(rest) else {
            throw ClusterRunnerError(
                .invalidArgument,
                "\"\(text)\" is not the address of a master. Use HOST:PORT or https://HOST:PORT."
            )
        }
        host = Self.withoutBrackets(String(rest))
        self.port = port
    }

    /// Whether a text is a name or an IPv4 address, or an IPv6 address in brackets.
    private static func isHost(_ text: Substring) -> Bool {
        if text.hasPrefix("["), text.hasSuffix("]") { return HostText.isIPv6Address(text.dropFirst().dropLast()) }
        let isFit = text.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || ("0"..."9").contains($0) || "-._".unicodeScalars.contains($0)
        }
        return !text.isEmpty && isFit
    }

    private static func withoutBrackets(_ host: String) -> String {
        host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
    }

    package var description: String { HostText.authority(host: host, port: port) }

    /// The address as a URL without a path.
    package var url: String {
        // The zone of an address begins with %, which is %25 in a URL.
        let authority = HostText.authority(host: host.replacing("%", with: "%25"), port: port)
        return "\(isHTTPS ? "https" : "http")://\(authority)"
    }
}
