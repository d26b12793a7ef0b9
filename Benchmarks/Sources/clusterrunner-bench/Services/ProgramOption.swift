import ArgumentParser
import Foundation

/// The option `--program PATH` of subcommands that measure the real program.
struct ProgramOption: ParsableArguments {
    @Option(help: "The clusterrunner to measure, a release build.")
    var program: String

    /// Its absolute path.
    func path() throws -> String {
        let path = URL(fileURLWithPath: program).standardizedFileURL.path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw ValidationError("There is no program at \(path): swift build -c release --product clusterrunner")
        }
        return path
    }
}

/// Runs an operation with a directory that is removed afterwards.
func withScratchDirectory<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("clusterrunner-bench-\(UUID())").path
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    return try await body(directory)
}
