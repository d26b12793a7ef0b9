import ClusterRunnerConcurrency
import ClusterRunnerPlugin
import ClusterRunnerWire

/// The conditions that faults wait for.
extension ChaosCluster {
    /// Waits until the slaves have finished an atom.
    func awaitProgress() async throws {
        let before = ledger.now.ended
        try await ledger.first { $0.ended >= before + 8 ? () : nil }
    }

    /// Waits until a slave runs an atom.
    func awaitWork(on seat: Seat) async throws {
        let (before, relay) = (ledger.now.runs.count, seat.relay.port)
        try await ledger.first { $0.runs.dropFirst(before).contains { $0.relay == relay } ? () : nil }
    }

    /// Waits until every open subjob can lose at least two more slaves: one to the next fault, and one to an accident.
    ///
    /// A subjob that has lost three fails, as designed; but then the build would fail as well.
    func awaitChances() async throws {
        for build in try await cluster.http.get("/v1/queue")["queue"].array ?? [] {
            try await cluster.poll("/v1/build/\(build["id"].integer ?? 0)/subjob") { answer in
                answer["subjobs"].array?.allSatisfy { subjob in
                    ["COMPLETED", "CANCELED"].contains(subjob["state"])
                        || (subjob["lost_slaves"].array?.count ?? 0) <= 1
                } == true
            }
        }
    }

    /// Waits until no slave at an address is registered.
    func awaitLoss(of seat: Seat) async throws {
        try await cluster.poll("/v1/slave") { $0["slaves"].array?.contains { $0.isAlive(at: seat.url) } == false }
    }

    /// Waits until slaves are registered (again).
    func awaitReturn(of seats: [Seat]) async throws {
        try await cluster.poll("/v1/slave") { answer in
            seats.allSatisfy { seat in answer["slaves"].array?.contains { $0.isAlive(at: seat.url) } == true }
        }
    }

    /// Waits until the master has accepted new results from each of these slaves.
    func awaitResults(from seats: [Seat]) async throws {
        // More than can be on their way already.
        let enough = 3
        try await awaitEvents(after: try await lastEvent()) { events, slaves in
            seats.allSatisfy { seat in
                events.count { $0["__tag__"] == "ATOM_FINISH" && $0["slave_id"] == slaves[seat.url] } >= enough
            }
        }
    }

    /// Waits until the events after one, and the numbers of registered slaves by `host:port`, are as required.
    func awaitEvents(after last: Int, _ isRight: ([JSONValue], [String: JSONValue]) -> Bool) async throws {
        let shown = try await cluster.http.get("/v1/slave")["slaves"].array ?? []
        let alive = shown.filter { $0["is_alive"] == true }.map { ($0["url"].string ?? "", $0["id"]) }
        let slaves = Dictionary(alive) { $1 }
        try await cluster.poll("/v1/eventlog?since_id=\(last)") { isRight($0["events"].array ?? [], slaves) }
    }

    /// Reads the events after one.
    func events(after last: Int) async throws -> [JSONValue] {
        try await cluster.http.get("/v1/eventlog?since_id=\(last)")["events"].array ?? []
    }

    /// Reads the number of the newest event.
    func lastEvent() async throws -> Int {
        // A whole log is long.
        let known = newestEvent.withLock { $0 }
        let newest = try await events(after: known).last?["__id__"].integer ?? known
        return newestEvent.withLock { event in
            event = max(event, newest)
            return event
        }
    }
}

extension JSONValue {
    /// Whether this is a registered slave with a URL.
    fileprivate func isAlive(at url: String) -> Bool { self["url"] == .string(url) && self["is_alive"] == true }
}
