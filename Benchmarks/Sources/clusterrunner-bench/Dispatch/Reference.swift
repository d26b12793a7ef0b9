import Foundation

/// Another program that runs many commands, a number of them at a time.
enum Reference: String, CaseIterable, Codable {
    case xargs
    case parallel
    case pytest

    /// Returns the installed ones.
    static func installed(in directory: String) -> [Self] { allCases.filter { $0.isInstalled(in: directory) } }

    private func isInstalled(in directory: String) -> Bool {
        let test =
            switch self {
            case .xargs: "command -v xargs"
            case .parallel: "parallel --version | grep -q GNU"
            case .pytest: "python3 -c 'import pytest, xdist'"
            }
        do {
            _ = try Program("/bin/bash", ["-c", "(\(test)) > /dev/null 2>&1"], in: directory).finish()
            return true
        } catch {
            return false
        }
    }

    /// Whether it adds information beside xargs; with sleeping commands, all take equally long.
    func isWorthItsTime(for command: AtomCommand) -> Bool { self == .xargs || command != .sleep }

    /// Runs the commands; returns the seconds and the processor time, with all children.
    func run(_ command: AtomCommand, atoms: Int, width: Int, in directory: String) throws -> Run {
        try prepare(command, atoms: atoms, in: directory)
        let before = ProcessorTime.ofChildren()
        let start = ContinuousClock.now
        let shell = try Program("/bin/bash", ["-c", script(command, atoms, width)], in: directory)
        _ = try shell.finish()
        return Run(
            wall: (ContinuousClock.now - start).seconds,
            processor: ProcessorTime.ofChildren() - before
        )
    }

    /// The cost of one run.
    struct Run: Codable {
        let wall: Double
        let processor: ProcessorTime
    }

    private func script(_ command: AtomCommand, _ atoms: Int, _ width: Int) -> String {
        switch self {
        case .xargs: "seq \(atoms) | xargs -P\(width) -n1 bash -c '\(command.reference)'"
        case .parallel: "seq \(atoms) | SHELL=/bin/bash parallel -j\(width) bash -c \"'\(command.reference)'\""
        case .pytest: "python3 -m pytest -q -p no:cacheprovider -n \(width) test_atoms.py"
        }
    }

    private func prepare(_ command: AtomCommand, atoms: Int, in directory: String) throws {
        try? FileManager.default.removeItem(atPath: "\(directory)/results")
        guard self == .pytest else { return }
        let test = """
            import subprocess
            import pytest

            @pytest.mark.parametrize("atom", range(\(atoms)))
            def test_atom(atom):
                subprocess.run(["bash", "-c", "\(command.reference)", str(atom)], check=True)

            """
        try Data(test.utf8).write(to: URL(fileURLWithPath: "\(directory)/test_atoms.py"))
    }
}
