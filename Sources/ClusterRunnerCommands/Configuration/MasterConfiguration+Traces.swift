import ClusterRunnerMaster
import ClusterRunnerPlugin
import ClusterRunnerWire

extension MasterConfiguration {
    /// Makes the settings of traces; nil when they are off.
    func traceSettings() throws -> TraceSettings? {
        guard let otlpEndpoint else {
            guard let otlpHeadersFile else { return nil }
            throw ClusterRunnerError(
                .invalidArgument,
                "otlp_headers_file \(otlpHeadersFile) needs otlp_endpoint, the URL that gets the headers."
            )
        }
        let headers = try otlpHeadersFile.map { try Self.headers(in: $0) } ?? []
        return TraceSettings(url: try Self.address(of: otlpEndpoint), headers: headers)
    }

    /// Returns the URL for traces, which is that of the collector with the path that OTLP has for them.
    private static func address(of endpoint: NotificationURL) throws -> NotificationURL {
        let text = endpoint.text
        guard !text.contains("?") else {
            throw ClusterRunnerError(
                .invalidArgument,
                "otlp_endpoint \(endpoint) has a query; /v1/traces is added to it, and tokens belong in otlp_headers_file."
            )
        }
        if text.hasSuffix(tracesPath) { return endpoint }
        return try NotificationURL((text.hasSuffix("/") ? String(text.dropLast()) : text) + tracesPath)
    }

    private static let tracesPath = "/v1/traces"

    /// The maximum size of a file of headers, in bytes.
    private static let headersLimit = 64 << 10

    private static func headers(in path: String) throws -> [(name: String, value: String)] {
        let file = SecretFile(
            setting: "otlp_headers_file",
            path: path,
            content: "credentials",
            advice: "It holds headers, one a line, such as: Authorization: Bearer TOKEN"
        )
        let bytes = try file.read(limit: headersLimit + 1)
        guard bytes.count <= headersLimit, let text = String(validating: bytes, as: UTF8.self) else {
            throw ClusterRunnerError(
                .invalidArgument,
                "\(file.noun) must be UTF-8 text of at most \(headersLimit >> 10) KiB."
            )
        }
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        return try lines.enumerated().compactMap { try header($1, "\(file.noun), line \($0 + 1),") }
    }

    /// Parses a line; nil for an empty one and for a comment.
    private static func header(_ line: Substring, _ place: String) throws -> (name: String, value: String)? {
        let line = line.drop(while: \.isWhitespace)
        guard let first = line.first, first != "#" else { return nil }
        let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let value = parts.count == 2 ? parts[1].trimmed : ""
        let isName = !parts[0].isEmpty && parts[0].utf8.allSatisfy(nameCharacters.contains)
        guard isName, !value.isEmpty, value.utf8.allSatisfy({ (32...126).contains($0) }) else {
            throw ClusterRunnerError(
                .invalidArgument,
                "\(place) must be a header of visible ASCII characters, such as \"Authorization: Bearer TOKEN\"."
            )
        }
        return (String(parts[0]), String(value))
    }

    /// The characters of a header's name (RFC 9110, 5.6.2).
    private static let nameCharacters = Set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~".utf8
    )
}

extension Substring {
    /// The text without the spaces at its ends.
    fileprivate var trimmed: Substring {
        var rest = drop(while: \.isWhitespace)
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return rest
    }
}
