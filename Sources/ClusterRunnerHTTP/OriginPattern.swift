import ClusterRunnerCore

/// A regular expression over web origins, as `cors_allowed_origins_regex` gives it.
///
/// The whole origin must match.
public struct OriginPattern: Sendable {
    /// Unchecked: a compiled expression is never changed, but `Regex` is not marked as sendable.
    private struct Expression: @unchecked Sendable {
        let regex: Regex<AnyRegexOutput>
    }

    private let expression: Expression

    /// Compiles a pattern.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument`` when it is not a regular expression.
    public init(_ pattern: String) throws {
        do {
            expression = Expression(regex: try Regex(pattern))
        } catch {
            throw ClusterRunnerError(
                .invalidArgument,
                "\"\(pattern)\" in cors_allowed_origins_regex is not a regular expression: \(error).",
                cause: error
            )
        }
    }

    /// Whether the pattern matches an origin.
    public func allows(_ origin: String) -> Bool {
        (try? expression.regex.wholeMatch(in: origin)) != nil
    }
}
