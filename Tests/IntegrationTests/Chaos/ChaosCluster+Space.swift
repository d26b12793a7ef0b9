import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerWire
import Foundation
import Testing

/// Full disks.
extension ChaosCluster {
    /// The system's message about a full disk, which every failure because of one must contain.
    static let noSpace = "No space left on device"

    /// Fills the disk of a machine until something has failed and for `beyond` milliseconds more, and makes room again.
    func fillDisk(of machine: Machine, _ beyond: Int) async throws {
        guard let disks else { return }
        let finished = Set(try await builds { $0["status"] != "BUILDING" })
        switch machine {
        case .master: try await fillDiskOfMaster(disks, beyond)
        case .seat(let number): try await fillDisk(of: seats[number], disks, beyond)
        }
        let affected = Set(try await builds { _ in true }).subtracting(finished)
        shortOfSpace.withLock { $0.formUnion(affected) }
    }

    private func builds(_ isWanted: (JSONValue) -> Bool) async throws -> [BuildID] {
        let shown = try await cluster.http.get("/v1/build")["builds"].array ?? []
        return shown.filter(isWanted).compactMap { $0["id"].integer }.map { BuildID($0) }
    }

    private func fillDiskOfMaster(_ disks: SmallDisks, _ beyond: Int) async throws {
        let directory = directory(of: .master)
        masterDisk.update { disk in
            disk.isFull = true
            disk.fillings += 1
        }
        defer {
            disks.free(directory)
            masterDisk.update { $0.isFull = false }
        }
        let outputs = ([cluster.master] + seats.map(\.slave)).compactMap { $0 }.map { ($0, $0.outputCount) }
        try await filling(directory, disks) {
            try await expectNoBuildBegins()
            try await shortageIsNoticed(in: outputs)
            // The shortage takes real time: how far the cluster gets without room.
            try await Task.sleep(for: .milliseconds(beyond))
            try await expectNoBuildBegins()
        }
        disks.free(directory)
        masterDisk.update { $0.isFull = false }
        try await awaitResults(from: seats)
        #expect(cluster.master?.hasEnded == false, "The master ended on a full disk:\n\(cluster.master?.output ?? "")")
    }

    /// Keeps the disk of a directory full while `body` runs, even if other programs make room on it.
    private func filling(_ directory: String, _ disks: SmallDisks, _ body: () async throws -> Void) async throws {
        try disks.fill(directory)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [ledger] in
                while true {
                    let before = ledger.now.moves
                    try await ledger.first { $0.moves > before ? () : nil }
                    try disks.fill(directory)
                }
            }
            try await body()
            group.cancelAll()
        }
    }

    /// Waits until the master has refused messages of a slave, because it keeps some room free or has none, or until its
    /// database has no room: then the slaves wait for answers, and may have nothing to send that could be refused.
    private func shortageIsNoticed(in outputs: [(RunningProgram, Int)]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (program, count) in outputs {
                group.addTask {
                    try await program.prints(Self.noSpace, "min_free_disk_mb is", "all changes wait", after: count)
                }
            }
            try await group.next()
            group.cancelAll()
        }
    }

    private func expectNoBuildBegins() async throws {
        let job: JSONValue = ["commands": ["true"], "atomizers": [["N": "seq 1"]]]
        let answer = try await cluster.http.sendSigned("POST", "/v1/build", .object(try cluster.inline(job)))
        let reason = String(decoding: answer.body, as: UTF8.self)
        #expect(answer.status == 503, "\(reason)")
        #expect(reason.contains("MiB are free on the disk of") && reason.contains("min_free_disk_mb is"), "\(reason)")
    }

    private func fillDisk(of seat: Seat, _ disks: SmallDisks, _ beyond: Int) async throws {
        try await awaitWork(on: seat)
        let directory = directory(of: seat.machine)
        defer { disks.free(directory) }
        let last = try await lastEvent()
        try await filling(directory, disks) {
            try await awaitEvents(after: last) { events, slaves in
                events.contains { event in
                    slaves[seat.url] == event["slave_id"]
                        && (event["reason"].string?.contains(Self.noSpace) == true || event["is_success"] == false)
                }
            }
            // The shortage takes real time, as above.
            try await Task.sleep(for: .milliseconds(beyond))
        }
        disks.free(directory)
        let runs = ledger.now.runs.count
        // Two builds that could not be set up put a slave into quarantine for a while.
        try await cluster.poll("/v1/slave") { answer in
            ledger.now.runs.dropFirst(runs).contains { $0.relay == seat.relay.port && $0.exitCode == 0 }
                || answer["slaves"].array?.contains {
                    $0["url"] == .string(seat.url) && $0["quarantined_until"] != .null
                } == true
        }
        #expect(seat.slave?.hasEnded == false, "The slave ended on a full disk:\n\(seat.slave?.output ?? "")")
    }
}
