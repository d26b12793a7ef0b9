import Foundation
import Testing

extension RunningCluster {
    /// Runs the program to its end.
    func run(_ arguments: [String], in directory: String? = nil) async throws -> (code: Int32, output: String) {
        let program = try start("clusterrunner \(arguments.joined(separator: " "))", arguments, in: directory)
        return (try await program.exitCode(), program.output)
    }

    /// Writes a configuration whose master does not answer, so that builds run on the embedded cluster.
    func embeddedConfiguration() throws -> String { try writeConfiguration("embedded", "master_port = 1") }
}

/// Returns the folder of an example.
func example(_ name: String) throws -> String {
    let root = URL(filePath: #filePath).appending(path: "../../../..").standardized.path
    let path = "\(root)/examples/\(name)"
    try #require(FileManager.default.fileExists(atPath: path), "\(path)")
    return path
}
