import ClusterRunnerAPI
import ClusterRunnerCore
import Foundation
import Testing

/// Full disks.
extension ChaosCluster {
    /// What the system says of a full disk; whatever fails because of one must say so.
    static let noSpace = "No space left on device"

    /// Fills the disk of a machine until something has failed and so long beyond that, and makes room again.
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

    private func builds(_ isWanted: (JSONValue) -> Bool) async throws -> [Int] {
        try await cluster.http.get("/v1/build")["builds"].array?.filter(isWanted).compactMap { $0["id"].integer } ?? []
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
        async let failure: Void = someSlavePrints(Self.noSpace)
        try disks.fill(directory)
        try await expectNoBuildBegins()
        try await failure
        // The shortage itself is time: how far the cluster gets without room.
        try await Task.sleep(for: .milliseconds(beyond))
        try await expectNoBuildBegins()
        disks.free(directory)
        masterDisk.update { $0.isFull = false }
        try await awaitResults(from: seats)
        #expect(cluster.master?.hasEnded == false, "The master ended on a full disk:\n\(cluster.master?.output ?? "")")
    }

    /// Waits until the master has told a slave that it cannot take what it sends.
    private func someSlavePrints(_ text: String) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for slave in seats.compactMap(\.slave) { group.addTask { try await slave.prints(text) } }
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
        try disks.fill(directory)
        try await awaitEvents(after: last) { events, slaves in
            events.contains { event in
                slaves[seat.url] == event["slave_id"]
                    && (event["cause"].string?.contains(Self.noSpace) == true || event["is_success"] == false)
            }
        }
        // The shortage itself is time, as above.
        try await Task.sleep(for: .milliseconds(beyond))
        disks.free(directory)
        let runs = ledger.now.runs.count
        try await ledger.first { [relay = seat.relay.port] contents in
            contents.runs.dropFirst(runs).contains { $0.relay == relay && $0.exitCode == 0 } ? () : nil
        }
        #expect(seat.slave?.hasEnded == false, "The slave ended on a full disk:\n\(seat.slave?.output ?? "")")
    }
}
