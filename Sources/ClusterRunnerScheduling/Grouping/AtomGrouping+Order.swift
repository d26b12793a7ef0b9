/// The order in which atoms begin.
///
/// With known times, longest first takes at most 4/3 of the optimum (Graham, "Bounds on multiprocessing timing
/// anomalies", 1969), and hardly more than the optimum with many atoms for each executor. With few atoms, the short
/// ones left at the end do not suffice to even out the executors.
extension AtomGrouping {
    /// Maximum ratio to the optimum at which a build needs no plan.
    ///
    /// Not smaller, because an exact plan is worthless once atoms take longer than expected.
    static let evenEnough = 1.02
    /// Number of atoms for each executor above which longest first is even enough.
    static let fewAtoms = 8
    /// Number of atoms above which a plan would take too long to make.
    static let mostPlanned = 3000

    /// An atom with its times for planning.
    struct Entry {
        let atom: PlannedAtom
        /// The expected seconds.
        let time: Double
        /// The seconds that a slow run takes.
        let slow: Double

        var cost: Double { max(time, AtomGrouping.leastTime) }
    }

    /// Cuts atoms into subjobs, in the order in which they should begin.
    ///
    /// `entries` are longest first and are normally grouped in that order. They are planned instead if, one atom at a
    /// time and with expected times, the executors would end unevenly, and if a plan of the executors' atoms ends
    /// earlier with expected times and not later with slow ones. Then each atom is a subjob of its own, in the order of
    /// the planned starts: free executors that take the next subjob thus carry out the plan.
    static func arrange(_ entries: [Entry], executors: Int) -> [ArraySlice<Entry>] {
        plannedOrder(entries, executors: executors)?.map { entries[$0...$0] } ?? group(entries, executors: executors)
    }

    private static func plannedOrder(_ entries: [Entry], executors: Int) -> [Int]? {
        guard executors > 1, executors < entries.count, entries.count <= min(mostPlanned, fewAtoms * executors)
        else { return nil }
        let costs = entries.map(\.cost)
        let slow = entries.map(\.slow)
        let limit = max(costs.reduce(0, +) / Double(executors), costs.max() ?? 0) * evenEnough
        let end = Rehearsal.end(of: costs, executors: executors)
        guard end > limit else { return nil }
        var packing = Packing(costs, executors: executors)
        packing.even(within: limit)
        let order = packing.byStart
        guard Rehearsal.end(of: order.map { costs[$0] }, executors: executors) < end,
            Rehearsal.end(of: order.map { slow[$0] }, executors: executors)
                <= Rehearsal.end(of: slow, executors: executors)
        else { return nil }
        return order
    }
}
