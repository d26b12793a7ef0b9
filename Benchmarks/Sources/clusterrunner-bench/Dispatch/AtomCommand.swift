import ArgumentParser

/// What each atom of a measured build does, and the same for a program that only starts commands.
enum AtomCommand: String, CaseIterable, ExpressibleByArgument, Codable {
    /// Nothing: what is left is the price of an atom.
    case `true`
    /// Waits for 50 ms: every moment in which an executor is idle shows.
    case sleep
    /// Prints 100 lines and leaves an artifact.
    case output

    /// The command of the job.
    var script: String {
        switch self {
        case .true: "true"
        case .sleep: "sleep 0.05"
        case .output: "seq 100; echo artifact > $ARTIFACT_DIR/artifact"
        }
    }

    /// The command that a reference gives to `bash -c`, with the number of the atom in `$0`.
    var reference: String {
        switch self {
        case .true: ":"
        case .sleep: "sleep 0.05"
        case .output: "mkdir -p results/$0; seq 100 > results/$0/console; echo artifact > results/$0/artifact"
        }
    }
}

/// How many slaves with how many executors each, written `1x2`.
struct ClusterShape: ExpressibleByArgument, Codable {
    let slaves: Int
    let executors: Int

    init?(argument: String) {
        let numbers = argument.split(separator: "x").compactMap { Int($0) }
        guard numbers.count == 2, numbers[0] > 0, numbers[1] > 0 else { return nil }
        (slaves, executors) = (numbers[0], numbers[1])
    }

    /// How it is written.
    var name: String { "\(slaves)x\(executors)" }
    /// How many atoms run at a time.
    var width: Int { slaves * executors }
}
