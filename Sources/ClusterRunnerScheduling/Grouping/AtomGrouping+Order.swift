/// In which order atoms begin.
///
/// Longest first never takes longer than 4/3 of the shortest time possible if times are known (Graham, "Bounds on
/// multiprocessing timing anomalies", 1969), and hardly longer than that time where there are many atoms for each
/// executor. With few, too little is left at the end to make up for what did not fit.
extension AtomGrouping {
    /// How much longer than the shortest time possible a build may take if there is to be no plan.
    ///
    /// Not less, because a plan to the last second is worth nothing once atoms take longer than they should.
    static let evenEnough = 1.02
    /// With more atoms than that for each executor, longest first is even enough.
    static let fewAtoms = 8
    /// With more atoms than that, a plan would take too long to make.
    static let mostPlanned = 3000

    /// An atom with the time that it is planned with.
    struct Entry {
        let atom: PlannedAtom
        /// The seconds it should take.
        let time: Double
        /// The seconds it may take.
        let slow: Double

        var cost: Double { max(time, AtomGrouping.leastTime) }
    }

    /// Cuts atoms into subjobs, in the order in which these should begin.
    ///
    /// `entries` are longest first. They stay so unless the executors would end unevenly, one atom at a time and each taking
    /// what it should, and a plan of which executor runs what ends earlier, and not later if each took what it may. Then
    /// each atom is alone, in the order in which it begins by plan: that is how the plan is carried out when whoever is
    /// free takes the next.
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
