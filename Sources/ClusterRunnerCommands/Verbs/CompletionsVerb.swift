import ArgumentParser

/// The verb `clusterrunner completions`.
struct CompletionsVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions",
        abstract: "Print the completion script for a shell.",
        discussion: "For bash: clusterrunner completions bash > /etc/bash_completion.d/clusterrunner"
    )

    @Argument(help: "The shell: bash, zsh or fish.")
    var shell: String

    func validate() throws {
        guard CompletionShell(rawValue: shell) != nil else {
            throw ValidationError("\"\(shell)\" is an unknown shell. Known: bash, zsh, fish.")
        }
    }

    func run() {
        guard let shell = CompletionShell(rawValue: shell) else { return }
        Terminal.print(ClusterRunnerCommand.completionScript(for: shell))
    }
}
