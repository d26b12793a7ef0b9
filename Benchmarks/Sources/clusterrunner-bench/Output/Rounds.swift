import Foundation

/// The rounds of one measurement, under the name of its row.
struct Rounds<Round: Codable>: Codable {
    let name: String
    private(set) var rounds: [Round] = []

    init(_ name: String) {
        self.name = name
    }

    mutating func add(_ round: Round) { rounds.append(round) }

    /// The median of a figure.
    func median(_ figure: (Round) -> Double) -> Double { rounds.map(figure).median }
}

/// Runs a script with bash to its end; it must succeed.
func runScript(_ script: String, in directory: String) throws {
    _ = try Program("/bin/bash", ["-c", script], in: directory).finish()
}
