/// A simulation of executors that each take the next piece of work as soon as they are free.
struct Rehearsal {
    /// An executor and the time at which it is free, in seconds.
    private struct Executor {
        var free = 0.0
        let number: Int

        func isBefore(_ other: Executor) -> Bool { (free, number) < (other.free, other.number) }
    }

    /// A heap: none is before its parent.
    private var executors: [Executor]
    /// The time at which all are free, in seconds.
    private(set) var end = 0.0

    /// Creates executors, at least one, that are all free at 0.
    init(executors count: Int) {
        executors = (0..<max(1, count)).map { Executor(number: $0) }
    }

    /// Runs a piece of work on the executor that is free first.
    ///
    /// - Returns: The number of the executor, from 0.
    @discardableResult
    mutating func run(_ seconds: Double) -> Int {
        var executor = executors[0]
        executor.free += seconds
        end = max(end, executor.free)
        var place = 0
        while 2 * place + 1 < executors.count {
            var child = 2 * place + 1
            if child + 1 < executors.count, executors[child + 1].isBefore(executors[child]) { child += 1 }
            guard executors[child].isBefore(executor) else { break }
            executors[place] = executors[child]
            place = child
        }
        executors[place] = executor
        return executor.number
    }

    /// Returns the time at which all would be free after pieces of work in this order.
    static func end(of seconds: [Double], executors: Int) -> Double {
        var rehearsal = Rehearsal(executors: executors)
        for seconds in seconds { rehearsal.run(seconds) }
        return rehearsal.end
    }
}
