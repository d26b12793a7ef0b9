/// A plan of the executors' atoms, such that all end at nearly the same time if each atom takes the expected time.
///
/// It starts with longest first. Then the executor that would end last exchanges atoms with others, the shortest that
/// suffice: the closer the plan stays to longest first, the smaller the loss where atoms take longer than expected.
struct Packing {
    /// The seconds of each atom, longest first.
    private let costs: [Double]
    /// The atoms of each executor, in the order in which it runs them.
    private(set) var shares: [[Int]]
    /// The total seconds of each executor.
    private(set) var loads: [Double]

    /// Gives each atom to the executor that is free first.
    ///
    /// `costs` has the seconds of the atoms, longest first.
    init(_ costs: [Double], executors: Int) {
        self.costs = costs
        shares = Array(repeating: [], count: max(1, executors))
        loads = Array(repeating: 0, count: max(1, executors))
        var rehearsal = Rehearsal(executors: executors)
        for (atom, cost) in costs.enumerated() {
            let executor = rehearsal.run(cost)
            shares[executor].append(atom)
            loads[executor] += cost
        }
    }

    /// Exchanges atoms until all executors end within that many seconds, or no exchange is an improvement.
    mutating func even(within limit: Double) {
        // Each exchange evens two loads, so the loop would end anyway; the bound makes it end soon.
        for _ in 0..<4 * shares.count {
            guard let last = loads.indices.max(by: { loads[$0] < loads[$1] }), loads[last] > limit,
                let exchange = exchange(of: last, within: limit)
            else { return }
            perform(exchange)
        }
    }

    /// The atoms by their start; of those with the same start, the longest first.
    var byStart: [Int] {
        var starts = Array(repeating: 0.0, count: costs.count)
        for share in shares {
            var start = 0.0
            for atom in share {
                starts[atom] = start
                start += costs[atom]
            }
        }
        return costs.indices.sorted { (starts[$0], $0) < (starts[$1], $1) }
    }
}

// MARK: Exchanges

extension Packing {
    /// The move of an atom to another executor, and perhaps of one of its atoms in return.
    private struct Exchange {
        let from: Int
        let to: Int
        let atom: Int
        let other: Int?
    }

    /// Finds the exchange of the shortest atom that makes two executors end in time; otherwise the one that evens most.
    private func exchange(of last: Int, within limit: Double) -> Exchange? {
        var best: Exchange?
        var bestEnd = loads[last] - AtomGrouping.leastTime / 1000
        for atom in shares[last].reversed() {
            for partner in shares.indices where loads[partner] < loads[last] {
                for place in 0...shares[partner].count {
                    let other = place < shares[partner].count ? shares[partner][place] : nil
                    let moved = costs[atom] - (other.map { costs[$0] } ?? 0)
                    let end = max(loads[last] - moved, loads[partner] + moved)
                    guard end < bestEnd else { continue }
                    (best, bestEnd) = (Exchange(from: last, to: partner, atom: atom, other: other), end)
                    if end <= limit { return best }
                }
            }
        }
        return best
    }

    private mutating func perform(_ exchange: Exchange) {
        move(exchange.atom, from: exchange.from, to: exchange.to)
        if let other = exchange.other { move(other, from: exchange.to, to: exchange.from) }
    }

    private mutating func move(_ atom: Int, from: Int, to: Int) {
        shares[from].removeAll { $0 == atom }
        shares[to].insert(atom, at: shares[to].firstIndex { $0 > atom } ?? shares[to].count)
        loads[from] -= costs[atom]
        loads[to] += costs[atom]
    }
}
