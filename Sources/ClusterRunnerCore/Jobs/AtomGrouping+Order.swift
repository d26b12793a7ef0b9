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
    static let fewAtoms = 16
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
    /// `entries` are longest first. They stay so unless the executors would end unevenly if each atom took what it should,
    /// and a plan of which executor runs what ends earlier, and not later if each took what it may. Then each atom is alone,
    /// in the order in which it begins by plan: that is how the plan is carried out when whoever is free takes the next.
    static func arrange(_ entries: [Entry], executors: Int) -> [ArraySlice<Entry>] {
        let longestFirst = group(entries, executors: executors)
        guard executors > 1, executors < entries.count, entries.count <= min(mostPlanned, fewAtoms * executors)
        else { return longestFirst }
        let costs = entries.map(\.cost)
        let shortest = max(costs.reduce(0, +) / Double(executors), costs.max() ?? 0)
        let end = self.end(of: longestFirst, \.cost, executors)
        guard end > shortest * evenEnough else { return longestFirst }
        var packing = Packing(costs, executors: executors)
        packing.even(within: shortest * evenEnough)
        let planned = packing.byStart.map { entries[$0...$0] }
        guard self.end(of: planned, \.cost, executors) < end,
            self.end(of: planned, \.slow, executors) <= self.end(of: longestFirst, \.slow, executors)
        else { return longestFirst }
        return planned
    }

    /// When all executors would be free, in seconds, if atoms took as long as that.
    private static func end(
        of subjobs: [ArraySlice<Entry>],
        _ seconds: KeyPath<Entry, Double>,
        _ executors: Int
    ) -> Double {
        Rehearsal.end(of: subjobs.map { $0.reduce(0) { $0 + $1[keyPath: seconds] } }, executors: executors)
    }
}
