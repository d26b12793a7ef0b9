/// The master did not answer, or said that it cannot answer now; the same request may succeed later.
public struct MasterUnreachable: Error, Sendable, CustomStringConvertible {
    /// Where it was expected.
    public let address: MasterAddress
    /// What happened.
    public let reason: String
    /// How long the master asked to wait; nil when it said nothing of it.
    public var retryAfter: Duration?

    public var description: String { "No master answers at \(address): \(reason)." }
}
