package import ArgumentParser
import CVersion
import ClusterRunnerClient
import ClusterRunnerPlugin
import ClusterRunnerTerminal
import Foundation

/// The program `clusterrunner`.
package struct ClusterRunnerCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "clusterrunner",
        abstract: "Runs one repository's test job on many machines at once.",
        version: ProductVersion.described,
        subcommands: [
            BuildVerb.self, CheckVerb.self, StatusVerb.self, WatchVerb.self, LogsVerb.self, CancelVerb.self,
            RetryVerb.self, DownloadVerb.self, DeleteVerb.self, HistoryVerb.self, SlavesVerb.self,
            DashboardVerb.self, MasterVerb.self, SlaveVerb.self, DeployVerb.self, ShutdownVerb.self, StopVerb.self,
            ConfigVerb.self,
            CheckPluginVerb.self, CompletionsVerb.self, StartServiceVerb.self,
        ]
    )

    package init() {}

    /// Parses the arguments, runs the verb and returns the exit code of the process.
    package static func run(_ arguments: [String], _ composition: Composition) async -> Int32 {
        Terminal.prepare()
        let code = await answer(arguments, composition)
        guard let failure = Terminal.failure else { return code }
        Terminal.printError("clusterrunner: \(failure)")
        return code == 0 && Terminal.isNeeded ? CommandExit.couldNotRun.rawValue : code
    }

    private static func answer(_ arguments: [String], _ composition: Composition) async -> Int32 {
        if let help = await BuildHelp.onThisMachine(arguments, composition) {
            Terminal.expect(.isNeeded)
            Terminal.print(help.text)
            return 0
        }
        return await Composition.$current.withValue(composition) { await run(arguments) }
    }

    private static var verbs: [String] { configuration.subcommands.compactMap { $0.configuration.commandName } }

    private static func run(_ arguments: [String]) async -> Int32 {
        if let unknown = UnknownVerb(arguments, verbs: verbs) {
            Terminal.printError("clusterrunner: \(unknown.sentence)")
            return CommandExit.couldNotRun.rawValue
        }
        do {
            // ClusterRunner 1.x had the short form, which the parser does not support.
            var command = try await asyncParseAsRoot(arguments == ["-V"] ? ["--version"] : arguments)
            Terminal.expect(audience(of: command))
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return 0
        } catch let exit as CommandExit {
            return exit.rawValue
        } catch {
            return report(error)
        }
    }

    /// Returns the audience of a verb; services, builds and changes work on without a reader of their output.
    private static func audience(of command: any ParsableCommand) -> Terminal.Audience {
        switch command {
        case is MasterVerb, is SlaveVerb, is BuildVerb, is RetryVerb, is DownloadVerb, is DeleteVerb, is StopVerb,
            is DeployVerb, is StartServiceVerb:
            .isWelcome
        default: .isNeeded
        }
    }

    /// Prints help and version to standard output, errors of the arguments to standard error.
    private static func report(_ error: any Error) -> Int32 {
        if let sentence = sentence(of: error) {
            Terminal.printError("clusterrunner: \(sentence)")
            return CommandExit.couldNotRun.rawValue
        }
        let text = fullMessage(for: error)
        if exitCode(for: error).isSuccess {
            Terminal.expect(.isNeeded)
            Terminal.print(text)
            return 0
        }
        Terminal.printError(text)
        return CommandExit.couldNotRun.rawValue
    }

    /// Returns the sentence of a verb's error; nil for errors of the argument parser, which prints its own.
    private static func sentence(of error: any Error) -> String? {
        switch error {
        case let error as ClusterRunnerError: error.message
        case let error as MasterUnreachable: error.description
        case is CancellationError: "It was canceled."
        default: nil
        }
    }
}

/// The version of the product.
package enum ProductVersion {
    /// The release, as `/v1/version` answers it.
    package static let current = "0.2.0"

    /// The release and, if the build named it, the commit: the text of `--version`.
    package static var described: String {
        let commit = String(cString: cversion_commit())
        return commit.isEmpty ? current : "\(current) (\(commit))"
    }
}

/// The exits of a verb other than success.
enum CommandExit: Int32, Error {
    /// Some atoms failed.
    case failures = 1
    /// The verb could not do its work.
    case couldNotRun = 2
    /// The build was canceled, and not by this command.
    case canceled = 3
    /// Interrupted by the user.
    case interrupted = 130
}
