import ClusterRunnerFiles
package import ClusterRunnerJobFile
package import ClusterRunnerPlugin
import Foundation

/// A runner of the commands of one build in containers, each in one of its own.
///
/// It stands between the commands and the runner of processes, so that the project wraps a command first: the variables
/// that it adds are there inside of the container, and what it runs must be in the image.
///
/// A container ends with its command in every way: it runs as a descendant of this process (podman), its processes have
/// the mark of the command, and after a timeout or a cancellation it is removed by its name.
package struct ContainerRunner: CommandRunner {
    let command: ContainerCommand
    let runner: any CommandRunner
    private let jobUser: JobUser?
    /// The beginning of the paths of its own files.
    private let scratch: String

    /// The time limit of the removal of a container.
    private static let removalTimeout = Duration.seconds(30)

    /// Creates a runner for a job.
    ///
    /// - Parameters:
    ///   - job: the job.
    ///   - container: its container.
    ///   - mounts: the directories of the build.
    ///   - machine: the environment that commands inherit from the service.
    ///   - scratch: the beginning of the paths of files, in a directory that the user of the commands may enter.
    ///   - jobUser: the user of the commands, if it is not that of the service.
    ///   - runner: the runner of processes.
    /// - Throws: ``ClusterRunnerError`` when this machine has no container engine.
    package init(
        job: Job,
        container: JobContainer,
        mounts: [ContainerMount],
        machine: [ByteString: ByteString],
        scratch: String,
        jobUser: JobUser?,
        runner: any CommandRunner
    ) throws {
        command = ContainerCommand(
            engine: try ContainerEngine.find(in: machine),
            container: container,
            user: ContainerUser(jobUser),
            mounts: mounts,
            machine: machine,
            given: Set(job.environment.keys),
            atomVariables: Set(job.atomizers.map(\.variable))
        )
        self.runner = runner
        self.jobUser = jobUser
        self.scratch = scratch
    }

    /// Runs one command in a container of its own.
    ///
    /// - Throws: as the runner of processes, and ``ClusterRunnerError`` with ``ClusterRunnerError/Code/failed`` and the
    ///   words of the engine when no container could be started; the command has not run then.
    package func run(_ command: ShellCommand) async throws -> CommandOutcome {
        // The runner answers for it, and there is no container to remove.
        guard !Task.isCancelled else { return try await runner.run(command) }
        let name = "clusterrunner-\(UUID.random().uuidString.lowercased())"
        let place = "\(scratch)-\(name)"
        try PrivateDirectory.create(place)
        defer { removeTree(place) }
        try jobUser?.take(place)
        let startFile = "\(place)/started"
        let translated = try self.command.translated(command, name: name, startFile: startFile)
        let outcome = try await runner.run(translated)
        guard let code = Self.code(of: outcome) else {
            await remove(name, after: command)
            return outcome
        }
        guard Self.engineCodes.contains(code), FileStatus(path: startFile) == nil else { return outcome }
        await remove(name, after: command)
        throw ClusterRunnerError(
            .failed,
            "\(engine.kind.rawValue) could not start a container of the image \"\(image)\" (exit code \(code)): "
                + Self.end(of: command.output)
        )
    }

    /// Returns the exit code of a command that ended by itself; otherwise its container may still run.
    private static func code(of outcome: CommandOutcome) -> Int32? {
        if case .exited(let code) = outcome.end { code } else { nil }
    }

    /// The exit codes by which engines say that there is no container, or that it has not started; a command may exit
    /// with them as well.
    private static let engineCodes: ClosedRange<Int32> = 125...127

    var engine: ContainerEngine { command.engine }
    var image: String { command.container.image }
}

// MARK: Its own commands

extension ContainerRunner {
    /// Makes a command of the engine itself, with the environment of the machine.
    func own(_ script: String, output: String, timeout: Duration) -> ShellCommand {
        ShellCommand(
            script: script,
            directory: "/",
            environment: command.machine,
            output: .combined(path: output),
            timeout: timeout
        )
    }

    /// Returns the path of a file of its own.
    func path(of name: String) -> String { "\(scratch)-\(name)" }

    /// Removes a container that may still run; a failure is noted in the output of its command.
    private func remove(_ name: String, after command: ShellCommand) async {
        let output = path(of: "\(name)-removal")
        defer { unlink(output) }
        let removal = own(engine.removal(of: name), output: output, timeout: Self.removalTimeout)
        // A task of its own: the container must go even if that of its command was canceled.
        let result = await Task { [runner] in try await runner.run(removal) }.result
        let fault: String
        switch result {
        case .success(let outcome):
            let words = Self.end(of: removal.output)
            if outcome.isSuccess || words.contains("No such container") { return }
            fault = "\(engine.kind.rawValue) rm ended with \(outcome.exitCode). \(words)"
        case .failure(let error):
            fault = (error as? ClusterRunnerError)?.message ?? String(describing: error)
        }
        Self.note("the container \(name) may still be there: \(fault)", in: command.output)
    }

    /// Returns the last words of an output, for an error.
    static func end(of output: ShellCommand.Output) -> String {
        let bytes = (try? RegularFile(path(of: output)).end(2000)) ?? []
        let text = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return text.isEmpty ? "It printed nothing." : text
    }

    private static func path(of output: ShellCommand.Output) -> String {
        switch output {
        case .combined(let path): path
        case .separate(_, let error): error
        }
    }

    private static func note(_ fault: String, in output: ShellCommand.Output) {
        // Without its output file there is no place for a note.
        guard let file = try? OpenFile(path(of: output), O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK) else { return }
        try? file.writeAll("\n[ClusterRunner: \(fault)]\n".utf8)
    }
}
