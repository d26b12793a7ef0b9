import ArgumentParser
import Testing

@testable import ClusterRunnerCommands

@Suite struct ArgumentFaultTests {
    /// Returns the sentence of the error, without the usage below it.
    private func fault(_ arguments: String...) -> String? {
        HelpScreen.message(for: arguments).split(separator: "\n").first.map(String.init)
    }

    @Test func `An unknown verb is named`() {
        #expect(fault("biuld")?.contains("'biuld'") == true)
    }

    @Test(
        arguments: [
            (["biuld"], "There is no command \"biuld\". Did you mean \"build\"? See: clusterrunner --help"),
            (["frobnicate", "--json"], "There is no command \"frobnicate\". See: clusterrunner --help"),
            (["build"], nil), (["help", "build"], nil), (["--help"], nil), ([], nil),
        ] as [([String], String?)]
    ) func `A misspelt verb suggests the nearest`(arguments: [String], sentence: String?) {
        let verbs = ClusterRunnerCommand.configuration.subcommands.compactMap { $0.configuration.commandName }
        #expect(UnknownVerb(arguments, verbs: verbs)?.sentence == sentence)
    }

    @Test func `An option that no verb has is named`() {
        #expect(fault("stop", "--tiemout", "3") == "Error: Unknown option '--tiemout'. Did you mean '--timeout'?")
    }

    @Test func `A timeout must be a number`() {
        #expect(
            fault("stop", "--timeout", "soon")
                == "Error: The value 'soon' is invalid for '--timeout <seconds>'"
        )
    }

    @Test(arguments: ["build", "check"], ["0", "4097", "9999999999"])
    func `An embedded cluster has an executor, and not more than a slave may have`(verb: String, count: String) {
        let sentence = "--num-executors must be a whole number from 1 to 4096, not \(count)."
        #expect(fault(verb, "-e", count) == "Error: \(sentence)")
    }

    @Test(arguments: [[], ["--all-slaves", "--slave-ids", "1"]])
    func `A shutdown says which slaves, and only once`(arguments: [String]) {
        let message = HelpScreen.message(for: ["shutdown"] + arguments)
        #expect(message.hasPrefix("Error: Say which slaves: --slave-id 1 2, or --all-slaves."))
    }

    @Test func `Completions are for shells that have some`() {
        #expect(fault("completions", "csh") == "Error: \"csh\" is an unknown shell. Known: bash, zsh, fish.")
        #expect(fault("completions")?.contains("Missing expected argument '<shell>'") == true)
    }

    @Test(arguments: ["bash", "zsh", "fish"]) func `There are completions for each shell`(shell: String) throws {
        #expect(HelpScreen.message(for: ["completions", shell]) == "(a command: CompletionsVerb)")
    }

    @Test func `The version is the product's`() {
        #expect(HelpScreen.message(for: ["--version"]) == ProductVersion.described)
    }

    @Test func `A verb that runs outside the program says so`() async throws {
        let error = await #expect(throws: (any Error).self) { try await StopVerb.parse([]).run() }
        #expect("\(String(describing: error))".contains("A verb was run outside ClusterRunnerCommand.run(_:_:)."))
    }
}
