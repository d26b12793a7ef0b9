/// What is not work: how long messages and beginnings take, in seconds.
struct Costs: Codable {
    /// How long a message is on its way.
    var latency = 0.001
    /// What an executor needs between two atoms.
    var perAtom = 0.001
    /// What an executor needs to begin a lease, on top.
    var perHandOut = 0.001
}
