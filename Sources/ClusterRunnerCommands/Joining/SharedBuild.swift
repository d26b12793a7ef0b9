import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerWire

/// The sharing of an embedded cluster with slaves on other machines.
struct SharedBuild: Sendable {
    let key: BuildKey
    /// The name of this machine for others.
    let hostname: String
    /// The port of the master.
    let port: Int
    /// The name of the cluster's own slave, by which the master's list tells it from others.
    let ownSlave: String
    /// The number of slaves without which the build does not begin.
    var slaves = 0
    /// The time limit for the arrival of those slaves.
    var patience = Duration.seconds(300)
    /// The time limit for the slaves to leave after the end.
    var farewell = Duration.seconds(60)
    var timekeeper = Timekeeper.system()
    /// Prints a line.
    var say: @Sendable (String) -> Void = { Terminal.printError($0) }

    private static let interval = Duration.seconds(1)

    /// Performs a build after the arrival of its slaves, and waits until they have left; nil after a signal before it.
    func around<Success: Sendable>(
        _ client: MasterClient,
        _ build: @Sendable () async throws -> Success
    ) async throws -> Success? {
        let address = HostText.authority(host: hostname, port: port)
        say("The master of build key \(key.text) listens at \(address).")
        return try await EndingSignals.withRelay { signals in
            guard let arrival = await signals.untilNext({ await result { try await waitForSlaves(client) } }) else {
                return nil
            }
            try arrival.get()
            let success = try await build()
            _ = await signals.untilNext { await result { try await waitForDeparture(client) } }
            return success
        }
    }

    /// Waits until enough slaves are connected, or until the time is over.
    func waitForSlaves(_ client: MasterClient) async throws {
        guard slaves > 0 else { return }
        say("Waiting for \(Self.count(slaves)), at most \(Int(patience.inSeconds)) s.")
        var notes = RegularNotes(timekeeper: timekeeper)
        var known = 0
        while true {
            let count = try await guests(client).count
            if count >= slaves { return say("\(Self.count(count)) connected. The build begins.") }
            if notes.age >= patience {
                return say(
                    "\(count) of \(Self.count(slaves)) connected within \(Int(patience.inSeconds)) s. The build begins "
                        + "without the others, which may still join."
                )
            }
            if notes.isDue(changed: count != known) { say("\(count) of \(Self.count(slaves)) connected.") }
            known = count
            try await timekeeper.sleep(for: Self.interval)
        }
    }

    /// Waits until the slaves have seen the end of the build and have left.
    func waitForDeparture(_ client: MasterClient) async throws {
        var notes = RegularNotes(timekeeper: timekeeper)
        while true {
            let guests = try await guests(client)
            guard !guests.isEmpty else { return }
            let names = guests.prefix(3).map { $0.name ?? $0.url }.joined(separator: ", ")
            guard notes.age < farewell else { return say("The master ends before \(names) left.") }
            if notes.isDue() { say("Waiting until slaves have left: \(names).") }
            try await timekeeper.sleep(for: Self.interval)
        }
    }

    /// The connected slaves, except the one of this process.
    private func guests(_ client: MasterClient) async throws -> [SlaveRepresentation] {
        try await client.slaves().filter { $0.isAlive && $0.name != ownSlave }
    }

    private static func count(_ slaves: Int) -> String { "\(slaves) slave\(slaves == 1 ? "" : "s")" }

    private func result<Success: Sendable>(
        _ operation: () async throws -> Success
    ) async -> Result<Success, any Error> {
        do { return .success(try await operation()) } catch { return .failure(error) }
    }
}

/// The times at which a wait prints a line: at each change, and at the interval of ``BuildHeartbeat``.
struct RegularNotes {
    private let timekeeper: Timekeeper
    private let start: Duration
    private var last: Duration

    /// Begins a wait, of which a line has just told.
    init(timekeeper: Timekeeper) {
        self.timekeeper = timekeeper
        start = timekeeper.now.uptime
        last = start
    }

    /// The time since the beginning.
    var age: Duration { timekeeper.now.uptime - start }

    /// Whether a line is to be printed now.
    mutating func isDue(changed: Bool = false) -> Bool {
        let now = timekeeper.now.uptime
        guard changed || now - last >= BuildHeartbeat.interval - BuildHeartbeat.patience else { return false }
        last = now
        return true
    }
}
