import ClusterRunnerFiles
import Foundation

/// The slowest atoms of a build, read from its results.
///
/// Reading the delivered results avoids another request for a hundred thousand atoms.
struct SlowestAtoms: Sendable, Equatable {
    /// An atom and its run time.
    struct Entry: Sendable, Equatable {
        let seconds: Double
        /// The variable and its value.
        let command: String
        /// Its directory in the results.
        let directory: String
    }

    let entries: [Entry]

    /// Reads at most `limit` atoms, longest first; empty without results.
    init(in results: String?, limit: Int = 5) {
        guard let results else {
            entries = []
            return
        }
        let names = DirectoryListing.texts(in: results)
            .filter { $0.hasPrefix("artifact_") }
        let timed = names.compactMap { name -> (name: String, seconds: Double)? in
            let text = Self.text("\(results)/\(name)/clusterrunner_time")
            return Double(text.trimmingCharacters(in: .whitespacesAndNewlines)).map { (name, $0) }
        }
        let longest = timed.sorted { ($1.seconds, $0.name) < ($0.seconds, $1.name) }.prefix(limit)
        entries = longest.map { atom in
            let command = Self.text("\(results)/\(atom.name)/clusterrunner_command")
            return Entry(seconds: atom.seconds, command: Self.variable(of: command), directory: atom.name)
        }
    }

    private static func text(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }

    /// Returns the part of a command that sets the atom's variable: up to the closing quote, which is the first
    /// unescaped one after the opening quote, and the semicolon.
    ///
    /// A value that is not UTF-8 is in `$'...'`, any other in double quotes.
    static func variable(of command: String) -> String {
        let quote = command.utf8.first { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "'") }
        var quotes = 0
        var isEscaped = false
        for (offset, byte) in command.utf8.enumerated() {
            if byte == quote, !isEscaped { quotes += 1 }
            isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
            if quotes == 2 { return String(decoding: command.utf8.prefix(offset + 1), as: UTF8.self) + ";" }
        }
        return command
    }

    /// Formats the atoms as a table.
    func lines(_ title: AtomTitle = AtomTitle(), width: Int?, style: TextStyle) -> [String] {
        var table = TextTable(columns: [
            .init("SECONDS", isNumber: true), .init("SLOWEST ATOMS", isName: true), .init("RESULTS"),
        ])
        table.rows = entries.map { atom in
            [
                .init(DurationText.seconds(atom.seconds)), .init(title.text(ofCommand: atom.command)),
                .init(atom.directory),
            ]
        }
        return table.lines(width: width, style: style)
    }
}
