import ClusterRunnerConcurrency
import ClusterRunnerPlugin
import ClusterRunnerProcess
import ClusterRunnerTesting
import Foundation
import Logging
import Testing

@testable import ClusterRunnerPrograms

/// A directory of project programs, which real processes run.
final class ProgramFixture: Sendable {
    let folder: String
    let machine: ProgramMachine
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init(timekeeper: Timekeeper = .system()) throws {
        folder = NSTemporaryDirectory() + "/programs \(UUID().uuidString)"
        for name in ["types", "scratch", "storage"] {
            try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
        }
        machine = ProgramMachine(
            runner: ProcessCommandRunner(logger: logger, drainTime: .milliseconds(100)),
            environment: ["PATH": "/usr/bin:/bin"],
            scratch: "\(folder)/scratch",
            timekeeper: timekeeper
        )
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Writes a program; returns its path.
    @discardableResult
    func write(
        _ file: String,
        _ text: String,
        permissions: Int = 0o755,
        in directory: String = "types"
    ) throws -> String {
        let path = "\(folder)/\(directory)/\(file)"
        try FileManager.default.createDirectory(atPath: "\(folder)/\(directory)", withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: "\(folder)/text"))
        // By a process of its own: one that another test starts may have a copy of a descriptor that writes here.
        let copy = Process()
        copy.executableURL = URL(filePath: "/bin/sh")
        let script = "cp \"$0\" \"$1\"; chmod \(String(permissions, radix: 8)) \"$1\""
        copy.arguments = ["-ec", script, "\(folder)/text", path]
        try copy.start()
        copy.waitUntilExit()
        try #require(copy.terminationStatus == 0)
        return path
    }

    /// Writes a shell program that describes itself; `operations` are the optional ones, `body` the branches of its case.
    @discardableResult
    func writeType(
        _ name: String,
        operations: String = "",
        parameters: String = "",
        _ body: String = ""
    ) throws -> String {
        try write(
            name,
            """
            #!/bin/sh
            case $PROJECT_TYPE_OPERATION in
            describe) echo '{"result":{"protocol":1,"name":"\(name)","summary":"A type.",\
            "parameters":[\(parameters)],"operations":[\(operations)]}}' ;;
            \(body)
            esac
            """
        )
    }

    func program(_ name: String) -> ProjectProgram { ProjectProgram(name: name, path: "\(folder)/types/\(name)") }

    func catalog(path: String = "") -> ProgramCatalog {
        ProgramCatalog(
            directory: "\(folder)/types",
            path: path,
            cache: "\(folder)/cache.json",
            machine: machine
        )
    }

    /// Registers the programs beside a built-in type.
    func registry(path: String = "", builtIn: [any ProjectType.Type] = []) -> ProjectTypeRegistry {
        var registry = ProjectTypeRegistry(builtIn)
        catalog(path: path).register(in: &registry)
        return registry
    }

    func context(_ role: ProjectContext.Role = .master, transcript: String? = nil) -> ProjectContext {
        ProjectContext(
            storageDirectory: "\(folder)/storage",
            role: role,
            workspace: "\(folder)/workspace",
            transcript: transcript,
            logger: logger
        )
    }

    func project(
        _ name: String,
        _ parameters: [String: JSONValue] = [:],
        role: ProjectContext.Role = .master,
        transcript: String? = nil
    ) async throws -> any ProjectType {
        let type = try await registry().type(named: name)
        return try await type.makeProject(ProjectParameters(parameters), context: context(role, transcript: transcript))
    }

    /// Makes an empty workspace.
    func workspace(_ name: String = "workspace") throws -> String {
        let path = "\(folder)/\(name)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    /// The names left in the scratch directory, which calls must leave empty.
    var scratch: [String] { (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/scratch")) ?? ["?"] }
}

/// Returns the sentence of the error that `body` throws; nil without an error.
func refusal(_ body: () async throws -> Void) async -> String? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? ClusterRunnerError)?.message ?? "\(error)"
    }
}
