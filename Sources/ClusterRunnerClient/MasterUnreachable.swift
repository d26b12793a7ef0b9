import ClusterRunnerCore

/// The master did not answer, or said that it cannot answer now; the same request may succeed later.
public struct MasterUnreachable: Error, Sendable, CustomStringConvertible {
    /// Where it was expected.
    public let address: MasterAddress
    /// What happened, as a sentence or the predicate of one.
    public let reason: String
    /// How far the request came.
    public var stage: Stage
    /// How long the master asked to wait; nil when it said nothing of it.
    public var retryAfter: Duration?

    /// How far a request came.
    public enum Stage: Sendable, Equatable {
        /// No connection was made.
        case connecting
        /// The connection could not be encrypted, or the certificate is not trusted.
        case securing
        /// The connection was made, and broke or fell silent before the answer was whole.
        case waiting
        /// The answer is that the master, or a proxy before it, cannot take the request now.
        case refused
    }

    /// Creates an error.
    public init(address: MasterAddress, reason: String, stage: Stage = .connecting, retryAfter: Duration? = nil) {
        self.address = address
        self.reason = reason
        self.stage = stage
        self.retryAfter = retryAfter
    }

    public var description: String {
        switch stage {
        case .connecting: "No master answers at \(address): \(reason)".asSentence
        case .securing: "The connection to the master at \(address) is not secure: \(reason)".asSentence
        case .waiting: "The connection to the master at \(address) broke off: \(reason)".asSentence
        case .refused: "The master at \(address) cannot take this now: \(reason)".asSentence
        }
    }
}
