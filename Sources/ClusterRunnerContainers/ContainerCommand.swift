import ClusterRunnerJobFile
import ClusterRunnerPlugin

/// The translation of a command of a job into one that runs it in a container.
///
/// Pure: it starts nothing and reads nothing.
struct ContainerCommand: Sendable, Equatable {
    let engine: ContainerEngine
    let container: JobContainer
    let user: ContainerUser
    /// The directories of the build; a command that has an `ARTIFACT_DIR` gets that, too.
    let mounts: [ContainerMount]
    /// The environment that the service was started with, which is that of the engine.
    let machine: [ByteString: ByteString]
    /// The names of the variables that the job sets for all its commands.
    let given: Set<String>
    /// The names of the variables that the atomizers list atoms of.
    let atomVariables: Set<String>

    /// The variable that has the script of the job: an argument in a script of its own would count twice.
    private static let script = "CLUSTERRUNNER_SCRIPT"

    /// Translates a command.
    ///
    /// - Parameters:
    ///   - command: the command, as the project has wrapped it.
    ///   - name: the name of its container, which no other has.
    ///   - startFile: the path of a file that exists once the container was started.
    /// - Returns: the command that runs it in a container.
    /// - Throws: ``ClusterRunnerError`` that names a directory that cannot be mounted.
    func translated(_ command: ShellCommand, name: String, startFile: String) throws -> ShellCommand {
        let isAtom = command.environment["ATOM_ID"] != nil
        let variables = ContainerVariables(
            command: command.environment,
            machine: machine,
            given: isAtom ? given.union(atomVariables) : given
        )
        let words = try options(of: command, name: name, startFile: startFile, variables)
        let arguments = ["-c", ContainerScript.text, "clusterrunner", flags(of: command)]
        let directory = ContainerVariables.encode(command.directory)
        let text =
            "exec \(ShellWords.quoted([engine.path] + words + [container.image] + arguments + [directory])) "
            + "\"$\(Self.script)\" \(ShellWords.quoted(variables.encoded))"
        var translated = command
        translated.script = text
        translated.environment = variables.environment
        translated.environment[ByteString(Self.script)] = ByteString(command.script)
        translated.options = []
        return translated
    }

    /// The options of the engine: defaults, those of the job, which may replace them, and what must not be replaced.
    private func options(
        of command: ShellCommand,
        name: String,
        startFile: String,
        _ variables: ContainerVariables
    ) throws -> [String] {
        var places = mounts
        if let artifacts = command.environment["ARTIFACT_DIR"] { places.append(ContainerMount(artifacts)) }
        let defaults = user.options(of: engine.kind) + ["--security-opt=label=disable", "--log-driver=none"]
        let environment = (variables.passed + ["CLUSTERRUNNER_COOKIE"]).flatMap { ["--env", $0] }
        return ["run"] + defaults + container.options
            + ["--rm", "--detach=false", "--name=\(name)"] + ownOptions(startFile: startFile)
            + environment + (try ContainerMount.options(places)) + ["--entrypoint=/bin/sh"]
    }

    /// podman writes the file once the container is about to run its first process, docker once it is created.
    private func ownOptions(startFile: String) -> [String] {
        switch engine.kind {
        case .podman: ["--pidfile=\(startFile)", "--stop-timeout=0"]
        case .docker: ["--cidfile=\(startFile)", "--init"]
        }
    }

    private func flags(of command: ShellCommand) -> String {
        let isCombined = if case .combined = command.output { true } else { false }
        return (command.options.contains(.errexit) ? "e" : "") + (isCombined ? "c" : "")
    }
}
