import ArgumentParser
import Foundation

/// The durations of a published test suite; the file in `Data` names it and its measurement.
struct SuiteDurations {
    /// The seconds of each atom.
    let seconds: [Double]

    /// Reads a file of one number a line; lines that begin with `#` are comments.
    init(path: String) throws {
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        seconds = try lines.filter { !$0.hasPrefix("#") }.map { line in
            guard let seconds = Double(line), seconds >= 0, seconds.isFinite else {
                throw ValidationError("\(path): \"\(line)\" is no number of seconds.")
            }
            return seconds
        }
        guard !seconds.isEmpty else { throw ValidationError("\(path) holds no durations.") }
    }
}
