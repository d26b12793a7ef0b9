import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerTerminal
import ClusterRunnerWire

/// A sign of life of a build without news, for outputs that are no terminal: CI systems end jobs that print nothing.
struct BuildHeartbeat: Sendable {
    /// The text about the build.
    let view: BuildView
    /// The build as its master has just shown it; nil when it did not answer in time.
    let status: BuildRepresentation?
    /// Formats a time in seconds since 1970.
    var clock: @Sendable (Double) -> String = DurationText.moment

    /// The maximum time between two lines of a build.
    static let interval = Duration.seconds(30)
    /// The time that the master has to tell what runs, the end of the interval.
    static let patience = Duration.seconds(5)
    /// The number of atoms that are named.
    private static let namedAtoms = 3

    /// Returns the line at a wall clock time, for a build that began `elapsed` seconds ago.
    func line(elapsed: Double, now: Double) -> String {
        var parts = [view.countsInWords ?? stage]
        if status == nil { parts.append("the master does not answer") }
        if view.isCanceling { parts.append("being canceled") }
        parts.append("\(DurationText.clock(elapsed)) elapsed")
        if let left = view.progress?.secondsLeft, !view.isCanceling {
            parts.append("about \(DurationText.clock(left)) left")
        }
        if let running = running(now: now) { parts.append(running) }
        if let reason = view.idleReason { parts.append(reason) }
        return "Build \(view.build): \(parts.joined(separator: ", "))."
    }

    /// The stage of a build whose atoms are unknown.
    private var stage: String { status.map(\.stateWord) ?? "its atoms are not known yet" }

    /// The atoms that have run longest, by name; nil when none is known.
    private func running(now: Double) -> String? {
        guard let status, !status.running.isEmpty else { return nil }
        let count = max(status.progress.running ?? 0, status.running.count)
        let title = AtomTitle(of: status)
        var names = status.running.prefix(Self.namedAtoms).map { atom in
            "\(title.text(atom)) for \(DurationText.clock(atom.seconds)) on \(TerminalText.line(atom.slaveTitle))"
        }
        names[0] += " (since \(clock(now - status.running[0].seconds)))"
        let more = count - names.count
        if more > 0 { names.append("\(more) more") }
        return "\(count) running: \(names.joined(separator: ", "))"
    }
}

extension BuildWatch {
    /// Prints a sign of life whenever nothing else was printed for some time, until the task is canceled.
    func beat() async throws -> BuildRepresentation? {
        while true {
            let silence = await console.silence
            let rest = BuildHeartbeat.interval - BuildHeartbeat.patience - silence
            guard rest <= .zero else {
                try await timekeeper.sleep(for: rest)
                continue
            }
            await console.beat(try await look(), after: silence)
        }
    }

    /// Asks the master for the build; nil when it does not answer in time, which the reader of events tells.
    func look() async throws -> BuildRepresentation? {
        try await withThrowingTaskGroup(of: BuildRepresentation?.self) { group in
            group.addTask { try? await client.build(build) }
            group.addTask {
                try await timekeeper.sleep(for: BuildHeartbeat.patience)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }
}
