import ClusterRunnerPlugin

/// A regular expression over web origins, from `cors_allowed_origins_regex`.
///
/// It must match the whole origin, or the origin without its port. ClusterRunner 1.x only looked for a match at the
/// beginning, so that a pattern for `ci.example.com` allowed `ci.example.com.evil.org`; here a match ends with the host
/// or the port.
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

    /// Returns an origin without its port; nil when it has no port.
    private static func withoutPort(_ origin: String) -> Substring? {
        guard let colon = origin.lastIndex(of: ":") else { return nil }
        let port = origin[origin.index(after: colon)...]
        // The colon of a scheme is not followed by digits, and the colons of an IPv6 address precede a bracket.
        return !port.isEmpty && port.allSatisfy { $0.isASCII && $0.isNumber } ? origin[..<colon] : nil
    }
}
