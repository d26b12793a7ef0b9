/// The master did not answer, or said that it cannot answer now; the same request may succeed later.
public struct MasterUnreachable: Error, Sendable, CustomStringConvertible {
    /// Where it was expected.
    public let address: MasterAddress
    /// What happened.
    public let reason: String

    public var description: String { "No master answers at \(address): \(reason)." }
}
