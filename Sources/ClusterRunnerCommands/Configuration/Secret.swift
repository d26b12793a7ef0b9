package import ClusterRunnerPlugin

/// The secret that all machines of a cluster share, the key of every digest and signature.
///
/// Its text cannot reach a log, an error or a dump by accident: it prints as `<secret>`. Only ``bytes`` reveals it.
package struct Secret: Sendable {
    /// The secret itself, as UTF-8, for signing only.
    package let bytes: [UInt8]

    /// The minimum number of characters.
    package static let minimumLength = 8

    /// Creates a secret.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument`` when it is too short; the
    ///   error does not show it.
    package init(_ text: String) throws(ClusterRunnerError) {
        guard text.count >= Self.minimumLength else {
            throw ClusterRunnerError(
                .invalidArgument,
                "The secret has \(text.count) characters; it must have at least \(Self.minimumLength)."
            )
        }
        bytes = Array(text.utf8)
    }
}

extension Secret: Equatable {
    /// Compares two secrets in constant time.
    package static func == (left: Self, right: Self) -> Bool {
        guard left.bytes.count == right.bytes.count else { return false }
        return zip(left.bytes, right.bytes).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "<secret>" }
    package var debugDescription: String { description }
    /// No children, so that `dump` and string interpolation of a containing value show nothing either.
    package var customMirror: Mirror { Mirror(self, children: []) }
}
