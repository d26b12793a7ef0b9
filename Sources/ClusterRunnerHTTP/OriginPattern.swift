import ClusterRunnerPlugin

/// A regular expression over web origins, as `cors_allowed_origins_regex` gives it.
///
/// The whole origin must match, or all of it before its port. ClusterRunner 1.x looked for a match at the beginning only, so
/// that a pattern for `ci.example.com` let `ci.example.com.evil.org` in; what is allowed here ends where a host or a port
/// ends.
package struct OriginPattern: Sendable {
    /// Unchecked: a compiled expression is never changed, but `Regex` is not marked as sendable.
    private struct Expression: @unchecked Sendable {
        let regex: Regex<AnyRegexOutput>
    }

    private let expression: Expression

    /// Compiles a pattern.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument`` when it is not a regular expression.
    package init(_ pattern: String) throws {
        do {
            expression = Expression(regex: try Regex(pattern))
        } catch {
            throw ClusterRunnerError(
                .invalidArgument,
                "\"\(pattern)\" in cors_allowed_origins_regex is not a regular expression: \(clause: error).",
                cause: error
            )
        }
    }

    /// Whether the pattern matches an origin.
    package func allows(_ origin: String) -> Bool {
        matches(origin[...]) || Self.withoutPort(origin).map(matches) == true
    }

    private func matches(_ text: Substring) -> Bool { (try? expression.regex.wholeMatch(in: text)) != nil }

    /// An origin without its port; nil when it has none.
    private static func withoutPort(_ origin: String) -> Substring? {
        guard let colon = origin.lastIndex(of: ":") else { return nil }
        let port = origin[origin.index(after: colon)...]
        // The colon of a scheme has no digits behind it, and those of an IPv6 address stand before a bracket.
        return !port.isEmpty && port.allSatisfy { $0.isASCII && $0.isNumber } ? origin[..<colon] : nil
    }
}
