import ClusterRunnerCore

/// Where a master is reached.
public struct MasterAddress: Sendable, Equatable, CustomStringConvertible {
    /// Whether the connection is encrypted.
    public let isHTTPS: Bool
    /// The host's name or address.
    public let host: String
    /// The port.
    public let port: Int

    /// Names the parts.
    public init(host: String, port: Int, isHTTPS: Bool = false) {
        self.isHTTPS = isHTTPS
        self.host = host
        self.port = port
    }

    /// Reads `HOST`, `HOST:PORT` or `http(s)://HOST:PORT`; the port is 43000 where none is given.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument``.
    public init(_ text: String) throws {
        var rest = text[...]
        isHTTPS = rest.hasPrefix("https://")
        for scheme in ["http://", "https://"] where rest.hasPrefix(scheme) { rest = rest.dropFirst(scheme.count) }
        while rest.last == "/" { rest = rest.dropLast() }
        let error = ClusterRunnerError(
            .invalidArgument,
            "\"\(text)\" is no address of a master. Say HOST:PORT or https://HOST:PORT."
        )
        guard let separator = rest.lastIndex(of: ":"), !rest.hasSuffix("]") else {
            guard !rest.isEmpty, !rest.contains("/") else { throw error }
            host = String(rest)
            port = 43000
            return
        }
        guard let port = Int(rest[rest.index(after: separator)...]), (1...65535).contains(port),
            separator != rest.startIndex, !rest.contains("/")
        else { throw error }
        host = String(rest[..<separator])
        self.port = port
    }

    public var description: String { "\(host):\(port)" }

    /// The address as a URL without a path.
    public var url: String { "\(isHTTPS ? "https" : "http")://\(host):\(port)" }
}
