import ClusterRunnerPlugin

/// A master that did not answer or cannot answer now; the same request may succeed later.
package struct MasterUnreachable: Error, Sendable, CustomStringConvertible {
    /// The address of the master.
    package let address: MasterAddress
    /// The reason, as a sentence or the predicate of one.
    package let reason: String
    /// The stage that the request reached.
    package var stage: Stage
    /// The wait that the master asked for; nil when it asked for none.
    package var retryAfter: Duration?

    /// The stages of a request.
    package enum Stage: Sendable, Equatable {
        /// No connection was made.
        case connecting
        /// The connection could not be encrypted, or the certificate is not trusted.
        case securing
        /// The connection broke or fell silent before the answer was complete.
        case waiting
        /// The master, or a proxy before it, answered that it cannot take the request now.
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
