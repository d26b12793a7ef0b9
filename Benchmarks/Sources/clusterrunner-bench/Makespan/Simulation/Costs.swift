/// The overheads of messages and starts, in seconds.
struct Costs: Codable {
    /// The time of a message on its way.
    var latency = 0.001
    /// The time of an executor between two atoms.
    var perAtom = 0.001
    /// The additional time of an executor at the begin of a lease.
    var perHandOut = 0.001
}
