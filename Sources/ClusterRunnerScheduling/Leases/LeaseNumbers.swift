import ClusterRunnerDomain

/// The generator of lease numbers, which grow across restarts.
///
/// Numbers are reserved in blocks: the end of a block is durable before a number of it is used, so a lease costs no
/// write of its own. A restart skips the rest of a block.
struct LeaseNumbers: Sendable {
    private var last: Int
    private var reserved: Int
    private static let block = 10_000

    /// Continues after `last`, the highest number that may have been used.
    init(last: Int) {
        self.last = last
        reserved = last
    }

    /// Returns the next number.
    mutating func next(_ decisions: inout ClusterDecisions) -> LeaseID {
        last += 1
        if last > reserved {
            reserved = last + Self.block
            decisions.others.append(.counter(.lease, atLeast: reserved))
        }
        return LeaseID(last)
    }
}
