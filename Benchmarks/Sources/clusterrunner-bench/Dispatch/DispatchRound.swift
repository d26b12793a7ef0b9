import Foundation

/// One build and its references, one after the other.
struct DispatchRound: Codable {
    /// The seconds from the request to the last result.
    let build: Double
    /// The seconds of the whole `clusterrunner build`, with its start and the download of the results.
    let command: Double
    /// The processor time of master and slaves, without that of the commands.
    let own: ProcessorTime
    /// The processor time of the commands of the build.
    let children: ProcessorTime
    /// The other programs, by name.
    let references: [String: Reference.Run]

    /// The ratio of wall time to that of xargs.
    var wallRatio: Double { ratio(build, \.wall) }
    /// The ratio of own processor time to that of xargs and its children.
    var processorRatio: Double { ratio(own.total, \.processor.total) }

    private func ratio(_ value: Double, _ figure: KeyPath<Reference.Run, Double>) -> Double {
        references[Reference.xargs.rawValue].map { value / max($0[keyPath: figure], 1e-9) } ?? .nan
    }
}

/// All rounds of one kind of build.
struct DispatchFigures: Codable {
    let command: AtomCommand
    let atoms: Int
    let cluster: String
    let rounds: [DispatchRound]
    /// The maximum memory of the master and of the largest slave, in bytes.
    let masterMemory: Int
    let slaveMemory: Int

    /// The headings of ``row``.
    static let head = [
        "atoms", "cluster", "build s", "xargs s", "wall ratio", "whole command s", "own CPU s", "xargs CPU s",
        "CPU ratio", "commands' CPU s", "parallel s", "pytest-xdist s", "master MB", "slave MB",
    ]

    /// The medians.
    var row: [String] {
        [
            "\(atoms) \(command.rawValue)", cluster, median(\.build).fixed(3), reference(.xargs, \.wall),
            median(\.wallRatio).fixed(2), median(\.command).fixed(3), median(\.own.total).fixed(2),
            reference(.xargs, \.processor.total), median(\.processorRatio).fixed(2),
            median(\.children.total).fixed(2), reference(.parallel, \.wall), reference(.pytest, \.wall),
            "\(masterMemory >> 20)", "\(slaveMemory >> 20)",
        ]
    }

    private func median(_ figure: KeyPath<DispatchRound, Double>) -> Double {
        rounds.map { $0[keyPath: figure] }.median
    }

    private func reference(_ reference: Reference, _ figure: KeyPath<Reference.Run, Double>) -> String {
        let values = rounds.compactMap { $0.references[reference.rawValue]?[keyPath: figure] }
        return values.isEmpty ? "-" : values.median.fixed(3)
    }
}

extension [Double] {
    /// The median; with an even number of values the mean of the middle two.
    var median: Double {
        guard !isEmpty else { return .nan }
        let values = sorted()
        let middle = values.count / 2
        return values.count.isMultiple(of: 2) ? (values[middle - 1] + values[middle]) / 2 : values[middle]
    }
}
