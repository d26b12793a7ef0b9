import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerPlugin
import ClusterRunnerWire

extension BuildWatch {
    /// The time between two looks at the running atoms.
    private static let lookInterval = Duration.seconds(2)
    /// The last lines of a running atom's output that a key shows, and the number of atoms.
    private static let shownLines = 5
    private static let shownAtoms = 10
    /// The key that shows where the running atoms are.
    private static let outputKey = UInt8(ascii: "t")

    /// Shows the atoms that have run longest, until canceled.
    func observe() async throws -> BuildRepresentation? {
        while true {
            try await timekeeper.sleep(for: Self.lookInterval)
            guard await console.isRunningAtoms, let status = try await look() else { continue }
            await console.show(running: status.running, AtomTitle(of: status))
        }
    }

    /// Obeys the keys of a terminal.
    func obey(_ keys: TerminalKeys) async throws -> BuildRepresentation? {
        await console.acceptKeys()
        while let pressed = try await keys.next() {
            if pressed.contains(Self.outputKey) { try await showOutputs() }
        }
        return nil
    }

    /// Shows the end of the output of the running atoms.
    private func showOutputs() async throws {
        guard let status = try await look() else { return }
        var outputs: [(RunningAtomRepresentation, [String])] = []
        for atom in status.running.prefix(Self.shownAtoms) {
            outputs.append((atom, try await output(of: atom)))
        }
        await console.show(outputs, AtomTitle(of: status))
    }

    private func output(of atom: RunningAtomRepresentation) async throws -> [String] {
        do {
            return try await client.tail(of: atom.subjob, atom.id, in: build, lines: Self.shownLines)
        } catch let error where !(error is CancellationError) {
            return ["(\(error))"]
        }
    }
}
