import ClusterRunnerPlugin
import Foundation
import Testing

/// A project whose job has the container `localhost/box`.
struct ContainerJob {
    /// The lines of the command of each atom.
    var commands: String
    /// The atomizer of the variable `N`.
    var atomizer = "echo 1"
    /// The image.
    var image = "localhost/box"
    /// Further keys of the job, a line each.
    var more: [String] = []

    /// The project.
    var project: Project {
        let script = commands.split(separator: "\n").map { "      \($0)\n" }.joined()
        let keys = more.map { "  \($0)\n" }.joined()
        let head = "Tests:\n  container: \(image)\n  commands:\n    - |\n"
        return Project(jobFile: "\(head)\(script)  atomizers:\n    - N: \(atomizer)\n\(keys)")
    }
}

/// What a build on the embedded cluster left.
struct EmbeddedBuild {
    let code: Int32
    let output: String
    let files: [String: Data]

    /// Returns a file of an atom that is a subjob of its own.
    func text(_ name: String, of atom: Int) -> String? {
        files["artifact_\(atom)_0/\(name)"].map { String(decoding: $0, as: UTF8.self) }
    }
}

extension RunningCluster {
    /// Builds a project on the embedded cluster of a program that is started with some words before its command.
    func build(
        _ job: ContainerJob,
        through entrance: [String],
        executors: Int = 1
    ) async throws -> EmbeddedBuild {
        let directory = "\(scratch)/project"
        try job.project.write(to: directory)
        let arguments = [
            "build", "--local", "--num-executors", "\(executors)", "--config-file", try embeddedConfiguration(),
        ]
        let program = try start("build", arguments, in: directory, through: entrance)
        let code = try await program.exitCode()
        let files = (try? ArtifactTree.read("\(directory)/build_results")) ?? [:]
        return EmbeddedBuild(code: code, output: program.output, files: files)
    }
}
