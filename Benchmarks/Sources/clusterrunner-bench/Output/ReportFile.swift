import ArgumentParser
import Foundation

/// The option `--json FILE` of every subcommand.
struct ReportFile: ParsableArguments {
    @Option(name: .customLong("json"), help: "Write all figures to this file, as JSON.")
    var path: String?

    /// Writes a report, if a file was named.
    func write(_ report: some Encodable) throws {
        guard let path else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try (encoder.encode(report) + Data("\n".utf8)).write(to: URL(fileURLWithPath: path))
    }
}
