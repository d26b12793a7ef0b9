import ClusterRunnerJobFile
import ClusterRunnerTerminal
import ClusterRunnerWire

/// The name of an atom in lines and tables: its value, with the variable where the job has several.
struct AtomTitle: Sendable {
    /// Whether the variable is shown.
    var hasVariable = false

    /// Chooses the form for the atoms of a build.
    init(of build: BuildRepresentation) { hasVariable = build.atomVariables != nil }

    init(hasVariable: Bool = false) { self.hasVariable = hasVariable }

    /// Returns the name of an atom, without anything that could change the terminal.
    func text(_ atom: AtomRepresentation) -> String { text(ofCommand: atom.command) }

    /// Returns the name of the atom of a command string; another text stays as it is.
    func text(ofCommand command: String) -> String {
        guard let name = AtomName(commandString: command) else { return TerminalText.line(command) }
        // Without its value an atom has no other name than its variable.
        return TerminalText.line(hasVariable || name.value.isEmpty ? name.assignment : name.value)
    }

    /// Returns the name of an atom that runs.
    func text(_ atom: RunningAtomRepresentation) -> String {
        TerminalText.line(hasVariable || atom.value.isEmpty ? "\(atom.variable)=\(atom.value)" : atom.value)
    }

    /// Returns a failed atom with the reason; the name is shortened in the middle to keep the rest in `columns`.
    func failure(_ atom: AtomRepresentation, columns: Int? = nil) -> String {
        let reason = atom.cause ?? "exit code \(atom.exitCode.map(String.init) ?? "unknown")"
        return name(text(atom), before: " (\(reason); artifact_\(atom.subjob)_\(atom.id))", columns)
    }

    /// Returns a running atom with its time so far and its slave; the name is shortened in the middle to keep the rest
    /// in `columns`.
    func duration(_ atom: RunningAtomRepresentation, columns: Int? = nil) -> String {
        let expected = atom.expected.map { ", expected \(DurationText.age($0.rounded()))" } ?? ""
        let rest = ": \(DurationText.age(atom.seconds)) so far\(expected) (subjob \(atom.subjob) on \(atom.slaveTitle))"
        return name(text(atom), before: rest, columns)
    }

    private func name(_ name: String, before text: String, _ columns: Int?) -> String {
        let rest = TerminalText.line(text)
        guard let columns else { return name + rest }
        let room = max(Self.leastColumns, columns - TerminalText.width(of: rest))
        return TerminalText.shortened(name, to: room) + rest
    }

    /// The columns that a name keeps beside a long reason.
    private static let leastColumns = 20
}
