/// Atoms of a subjob that a slave holds under one lease, less those that it has reported.
struct HandOut: Sendable, Equatable {
    /// The number of the hand-out.
    let lease: Int
    /// The subjob.
    let subjob: Int
    /// When it was handed out, in uptime.
    let at: Duration
    /// The atoms that were not reported, by their place in the subjob, in the order in which they are to run.
    var outstanding: [Int]
    /// What the atoms that were not reported should take.
    var cost: Double
    /// The executor that is expected to run it, from 0; the slave decides.
    var executor = 0
    /// How long the reported ones took.
    var seconds = 0.0
    /// The atoms that the slave was asked to give back and has not answered for.
    var asked: [Int] = []
    /// The atoms that it gave back.
    var returned: Set<Int> = []
    /// The atoms of which another slave reported the result first.
    var overtaken: Set<Int> = []

    /// Which atoms of it are not reported, as the store and slaves know it.
    var part: HandOutPart { HandOutPart(lease: lease, atoms: outstanding) }
}

/// Some atoms of one hand-out.
public struct HandOutPart: Sendable, Hashable, Codable {
    /// The number of the hand-out.
    public let lease: Int
    /// The atoms' numbers in the subjob.
    public let atoms: [Int]

    /// Names atoms of a hand-out.
    public init(lease: Int, atoms: [Int]) {
        self.lease = lease
        self.atoms = atoms
    }
}
