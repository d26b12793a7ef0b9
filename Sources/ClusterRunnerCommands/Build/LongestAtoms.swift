import ClusterRunnerConcurrency
import ClusterRunnerTerminal
import ClusterRunnerWire

/// The atoms of a build that have run longest, as a line below the progress.
struct LongestAtoms: Sendable {
    /// The atoms, longest first.
    let atoms: [RunningAtomRepresentation]
    let title: AtomTitle
    /// The uptime at which they were read.
    let readAt: Duration

    /// The maximum number of atoms named in the line.
    private static let shown = 4
    /// The columns in which a shortened name still says something.
    private static let leastColumns = 16
    private static let indent = "  "
    private static let hint = "  (t: their output)"

    /// Returns the line for a terminal with a number of columns; nil when no atom has run for long enough to be known.
    ///
    /// It names as many atoms as have room, and at least one. `hasKeys` tells of the key that shows their output.
    func line(at uptime: Duration, width: Int, hasKeys: Bool) -> String? {
        guard !atoms.isEmpty else { return nil }
        // The last column stays free, because some terminals wrap after it.
        let columns = max(0, width - 1)
        let hint = hasKeys ? Self.hint : ""
        let room = columns - Self.indent.count - hint.count
        let entries = atoms.prefix(Self.shown).map { atom in
            (name: title.text(atom), time: " \(DurationText.age(seconds(of: atom, at: uptime)))")
        }
        for count in (1...entries.count).reversed() {
            if let text = Self.text(entries.prefix(count), room) { return Self.indent + text + hint }
        }
        let first = entries[0]
        return TerminalText.cut(Self.indent + first.name + first.time, to: columns)
    }

    private func seconds(of atom: RunningAtomRepresentation, at uptime: Duration) -> Double {
        atom.seconds + max(0, (uptime - readAt).inSeconds)
    }

    /// Joins entries within a number of columns; nil if their names would be too short for that.
    private static func text(_ entries: some Collection<(name: String, time: String)>, _ columns: Int) -> String? {
        let fixed = entries.reduce(2 * (entries.count - 1)) { $0 + $1.time.count }
        let names = entries.map { TerminalText.width(of: $0.name) }
        guard fixed + names.reduce(0, +) > columns else { return joined(entries) { $0 } }
        let share = (columns - fixed) / entries.count
        guard share >= leastColumns else { return nil }
        // What short names leave is for the long ones.
        let short = names.filter { $0 <= share }
        let long = names.count - short.count
        let limit = (columns - fixed - short.reduce(0, +)) / max(1, long)
        return joined(entries) { TerminalText.shortened($0, to: max(share, limit)) }
    }

    private static func joined(
        _ entries: some Collection<(name: String, time: String)>,
        _ shorten: (String) -> String
    ) -> String {
        entries.map { shorten($0.name) + $0.time }.joined(separator: ", ")
    }
}
