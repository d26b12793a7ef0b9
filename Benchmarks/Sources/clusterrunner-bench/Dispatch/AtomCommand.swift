import ArgumentParser

/// The command of each atom in a measured build, and its equivalent for a reference.
enum AtomCommand: String, CaseIterable, ExpressibleByArgument, Codable {
    /// No work, so that only the overhead of an atom remains.
    case `true`
    /// A sleep of 50 ms, which shows every moment of an idle executor.
    case sleep
    /// 100 lines of output and an artifact.
    case output

    /// The job's command.
    var script: String {
        switch self {
        case .true: "true"
        case .sleep: "sleep 0.05"
        case .output: "seq 100; echo artifact > $ARTIFACT_DIR/artifact"
        }
    }

    /// The reference's argument to `bash -c`, with the number of the atom in `$0`.
    var reference: String {
        switch self {
        case .true: ":"
        case .sleep: "sleep 0.05"
        case .output: "mkdir -p results/$0; seq 100 > results/$0/console; echo artifact > results/$0/artifact"
        }
    }
}

/// The number of slaves and the number of executors of each, written `1x2`.
struct ClusterShape: ExpressibleByArgument, Codable {
    let slaves: Int
    let executors: Int

    init?(argument: String) {
        let numbers = argument.split(separator: "x").compactMap { Int($0) }
        guard numbers.count == 2, numbers[0] > 0, numbers[1] > 0 else { return nil }
        (slaves, executors) = (numbers[0], numbers[1])
    }

    /// The written form.
    var name: String { "\(slaves)x\(executors)" }
    /// The number of atoms that run at a time.
    var width: Int { slaves * executors }
}
