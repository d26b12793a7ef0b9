import ArgumentParser
import ClusterRunnerPlugin

/// The help screen of `clusterrunner build [TYPE]`: the options of every build, then those of the project types.
struct BuildHelp {
    private let type: String?
    private let registry: ProjectTypeRegistry

    /// Recognises a request for help; nil for other arguments.
    init?(arguments: [String], registry: ProjectTypeRegistry) {
        var words = arguments
        if words.first == "help" { words = Array(words.dropFirst()) + ["--help"] }
        guard words.first == "build", words.contains("--help") || words.contains("-h") else { return nil }
        let name = words.dropFirst().first.flatMap { $0.hasPrefix("-") ? nil : $0 }
        type = name.flatMap { name in registry.all.contains { $0.name == name } ? name : nil }
        self.registry = registry
    }

    /// The text.
    var text: String {
        let types = registry.all.filter { type == nil || $0.name == type }
        let sections = types.map(section).joined(separator: "\n\n")
        return ClusterRunnerCommand.helpMessage(for: BuildVerb.self, columns: 100) + "\n\n" + sections
    }

    private func section(_ type: any ProjectType.Type) -> String {
        let own = type.parameters.filter { $0.name != "job_name" }
        let common = ProjectParameter.common.filter { $0.kind != .stringMap }
        let lines = (own + common).map { line($0, of: type.name) }.joined(separator: "\n")
        return "OPTIONS OF \"build \(type.name)\": \(type.summary)\n\(lines)"
    }

    private func line(_ parameter: ProjectParameter, of type: String) -> String {
        let option = "  --\(parameter.optionName) <\(parameter.kind == .job ? "yaml" : "value")>"
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
