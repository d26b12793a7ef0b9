import ArgumentParser
import ClusterRunnerConformance
import ClusterRunnerFiles
import ClusterRunnerPlugin
import ClusterRunnerPrograms
import Foundation
import Logging

/// The verb `clusterrunner check-plugin`.
struct CheckPluginVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-plugin",
        abstract: "Check an executable that implements a project type against the rules for project types.",
        usage: "clusterrunner check-plugin <path> [--<parameter> <value>] ...",
        discussion: """
            The parameters are those of a small project that can really be fetched; each is an option, as in \
            "clusterrunner build". Exits with 0 when all rules are kept, 1 when one is broken, 2 when nothing could be \
            checked.
            """
    )

    @OptionGroup var common: CommonOptions

    @Argument(help: ArgumentHelp("The executable; its file name is the name of the type.", valueName: "path"))
    var path: String

    @Argument(parsing: .allUnrecognized, help: ArgumentHelp("The parameters of a project.", valueName: "parameters"))
    var arguments: [String] = []

    func run() async throws {
        let composition = try Composition.required()
        try ArgumentBytes.requireText(path, of: "The path of the executable")
        let levels = LogLevelSwitch(common.verbose > 0 ? .debug : .warning)
        let logger = Logger(label: "check-plugin") {
            LineLogHandler(label: $0, levels: levels, sinks: [StandardErrorSink()])
        }
        let current = try ConfigurationLoader.currentDirectory()
        let program = try ProjectProgram(file: path.hasPrefix("/") ? path : "\(current)/\(path)")
        let type = try await ProgramCatalog.type(of: program, on: composition.programMachine(logger))
        var registry = ProjectTypeRegistry()
        registry.register(type)
        let request = try await BuildRequestArguments(
            [type.name] + arguments,
            jobName: nil,
            remoteFiles: [],
            currentDirectory: ConfigurationLoader.currentDirectoryBytes(),
            registry: registry
        )
        let (_, valid) = try await registry.validate(request.fields)
        let rules = ProjectTypeRules(type, validParameters: request.fields.filter { $0.key != "type" }) {
            ProjectContext(storageDirectory: $0, role: $1, logger: logger)
        }
        try await Self.withScratch { scratch in
            let context = ProjectContext(storageDirectory: scratch, role: .master, logger: logger)
            _ = try await type.makeProject(valid, context: context)
        }
        guard try await check(rules) else { throw CommandExit.failures }
        Terminal.print("\(program.path) keeps all rules.")
    }

    private static func withScratch<Value>(_ body: (String) async throws -> Value) async throws -> Value {
        let scratch = "\(FileManager.default.temporaryDirectory.path)/clusterrunner-check-\(UUID.random().uuidString)"
        try PrivateDirectory.create(scratch)
        defer { _ = removeTree(scratch) }
        return try await body(scratch)
    }

    /// Checks all rules and prints a line for each.
    private func check(_ rules: ProjectTypeRules) async throws -> Bool {
        var isKept = true
        for rule in rules.all {
            let breaches = try await Self.withScratch { await rule.breaches(scratch: $0) }
            Terminal.print("\(breaches.isEmpty ? "ok  " : "FAIL") \(rule.sentence)")
            for breach in breaches { Terminal.print("     \(breach)") }
            isKept = isKept && breaches.isEmpty
        }
        return isKept
    }
}
