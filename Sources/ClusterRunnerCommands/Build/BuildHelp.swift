import ArgumentParser
import ClusterRunnerConcurrency
import ClusterRunnerPlugin
import Logging

/// The help screen of `clusterrunner build [TYPE]`: the options of every build, then those of the project types.
struct BuildHelp {
    private let type: String?
    private let registry: ProjectTypeRegistry

    /// Recognises a request for help, and shows the project types of this machine; nil for other arguments.
    static func onThisMachine(_ arguments: [String], _ composition: Composition) async -> BuildHelp? {
        guard isAsked(arguments) else { return nil }
        return BuildHelp(arguments: arguments, registry: await projectTypes(arguments, composition))
    }

    private static func isAsked(_ arguments: [String]) -> Bool {
        let words = words(of: arguments)
        guard words.first == "build" else { return false }
        // What follows these options is their value, whatever it is: an atom may be called so.
        let pairs = zip(words, words.dropFirst()).filter { !JobChoices.takesAnyValue($0.0) }
        return pairs.contains { ["--help", "-h"].contains($0.1) }
    }

    private static func words(of arguments: [String]) -> [String] {
        arguments.first == "help" ? Array(arguments.dropFirst()) + ["--help"] : arguments
    }

    /// Recognises a request for help; nil for other arguments.
    init?(arguments: [String], registry: ProjectTypeRegistry) {
        guard Self.isAsked(arguments) else { return nil }
        let words = Self.words(of: arguments)
        let name = words.dropFirst().first.flatMap { $0.hasPrefix("-") ? nil : $0 }
        type = name.flatMap { name in registry.all.contains { $0.name == name } ? name : nil }
        self.registry = registry
    }

    /// The text.
    var text: String {
        let types = registry.all.filter { type == nil || $0.name == type }
        let unavailable = (type == nil ? registry.unavailable : []).map { type in
            "\"build \(type.name)\" CANNOT BE USED: \(type.reason)"
        }
        let sections = (types.map(section) + unavailable).joined(separator: "\n\n")
        return ClusterRunnerCommand.helpMessage(for: BuildVerb.self, columns: 100) + "\n\n" + sections
    }

    /// The time for executables to describe their types, when they did not do so before.
    private static let patience = Duration.seconds(1)

    /// Returns the project types of this machine, or those of this program when its configuration cannot be read.
    private static func projectTypes(_ arguments: [String], _ composition: Composition) async -> ProjectTypeRegistry {
        var file: String?
        for (option, value) in zip(arguments, arguments.dropFirst()) where ["-c", "--config-file"].contains(option) {
            file = value
        }
        let loader = ConfigurationLoader(file: file, environment: composition.environment)
        guard let general = try? loader.loadExisting().general() else { return composition.projectTypes }
        let logger = Logger(label: "help") { _ in SwiftLogNoOpLogHandler() }
        let types = MachineProjectTypes(composition, general, logger)
        await types.describe(within: patience, .system())
        return types.registry
    }

    private func section(_ type: RegisteredProjectType) -> String {
        let own = type.parameters.filter { $0.name != "job_name" }
        let common = ProjectParameter.common.filter {
            $0.kind != .stringMap && !JobChoices.parameters.contains($0.name)
        }
        let lines = (own + common).map { line($0, of: type.name) }.joined(separator: "\n")
        return "OPTIONS OF \"build \(type.name)\": \(type.summary)\n\(lines)"
    }

    private func line(_ parameter: ProjectParameter, of type: String) -> String {
        let value = parameter.kind == .flag ? "" : " <\(parameter.kind == .job ? "yaml" : "value")>"
        let option = "  --\(parameter.optionName)\(value)"
        let padded = option + String(repeating: " ", count: max(2, 32 - option.count))
        var notes = ""
        if let value = parameter.defaultValue?.string {
            notes += " (default: \(value))"
        } else if BuildRequestArguments.isCurrentDirectory(parameter, of: type) {
            notes += " (default: the current directory)"
        } else if parameter.isRequired {
            notes += " Required."
        }
        if parameter.kind == .stringList { notes += " May be given several times." }
        return padded + parameter.help + notes
    }
}
