import ClusterRunnerPlugin

/// The master did not answer, or said that it cannot answer now; the same request may succeed later.
package struct MasterUnreachable: Error, Sendable, CustomStringConvertible {
    /// Where it was expected.
    package let address: MasterAddress
    /// What happened, as a sentence or the predicate of one.
    package let reason: String
    /// How far the request came.
    package var stage: Stage
    /// How long the master asked to wait; nil when it said nothing of it.
    package var retryAfter: Duration?

    /// How far a request came.
    package enum Stage: Sendable, Equatable {
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
    package init(address: MasterAddress, reason: String, stage: Stage = .connecting, retryAfter: Duration? = nil) {
        self.address = address
        self.reason = reason
        self.stage = stage
        self.retryAfter = retryAfter
    }

    package var description: String {
        switch stage {
        case .connecting: "No master answers at \(address): \(reason)".asSentence
        case .securing: "The connection to the master at \(address) is not secure: \(reason)".asSentence
        case .waiting: "The connection to the master at \(address) broke off: \(reason)".asSentence
        case .refused: "The master at \(address) cannot take this now: \(reason)".asSentence
        }
    }
}
