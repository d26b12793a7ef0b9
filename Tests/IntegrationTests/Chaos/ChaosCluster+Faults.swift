import ClusterRunnerConcurrency
import ClusterRunnerPlugin
import ClusterRunnerWire
import Foundation
import Testing

/// The faults.
extension ChaosCluster {
    /// Injects a fault, and returns when the cluster has noticed it and recovered.
    func inject(_ fault: Fault) async throws {
        guard canTry(fault) else { return }
        try await within("the fault \"\(fault.kind)\" and the recovery from it") { try await self.perform(fault) }
    }

    private func perform(_ fault: Fault) async throws {
        let begin = ContinuousClock.now
        defer {
            let seconds = (ContinuousClock.now - begin).inSeconds
            durations.withLock { $0[fault.kind, default: []].append(seconds) }
        }
        try await awaitProgress()
        if fault.losesSlave { try await awaitChances() }
        switch fault {
        case .killSlave(let number, let moment, let afterLease):
            try await killSlave(seats[number], moment, afterLease, fault)
        case .freezeSlave(let number, let beyond): try await freeze(seats[number], beyond)
        case .killMaster(let number, let moment): try await killMaster(moment, of: seats[number])
        case .loseNetwork(let number, let outage, let beyond): try await lose(seats[number], outage, beyond)
        case .breakNetwork(let number, let outage, let time): try await interrupt(seats[number], outage, time)
        case .doubleResults(let number): try await doubleResults(seats[number])
        case .delayResults(let number, let untilReturn):
            try await delayResults(of: seats[number], untilReturn: untilReturn)
        case .fillDisk(let machine, let beyond): try await fillDisk(of: machine, beyond)
        case .jumpClock(let machine, let hours): try await jumpClock(of: machine, hours)
        }
    }

    private func killSlave(_ seat: Seat, _ moment: Relay.Moment, _ afterLease: Bool, _ fault: Fault) async throws {
        try await awaitWork(on: seat)
        // The slave's last message before its death never reaches the master.
        if moment != .now { try await seat.relay.become(.cut, at: moment) }
        let slave = try #require(seat.slave)
        slave.send(SIGKILL)
        let time = Date().timeIntervalSince1970
        kills.withLock { $0.append(Kill(url: seat.url, relay: seat.relay.port, time: time, fault: fault)) }
        try await slave.exitCode()
        seat.relay.become(.sound)
        if afterLease { try await awaitLoss(of: seat) }
        try await startSlave(on: seat)
    }

    private func freeze(_ seat: Seat, _ beyond: Int) async throws {
        try await awaitWork(on: seat)
        seat.slave?.send(SIGSTOP)
        defer { seat.slave?.send(SIGCONT) }
        try await awaitLoss(of: seat)
        // The freeze takes real time: how far the others get with the slave's work.
        try await Task.sleep(for: .milliseconds(beyond))
        seat.slave?.send(SIGCONT)
        try await awaitReturn(of: [seat])
    }

    private func killMaster(_ moment: Relay.Moment, of seat: Seat) async throws {
        // The messages between the two at that moment are lost with the master.
        if moment != .now { try await seat.relay.become(.silent, at: moment) }
        try await expectNoStrayUploads()
        masterLife.update { $0.isUp = false }
        let master = try #require(cluster.master)
        master.send(SIGKILL)
        try await master.exitCode()
        seat.relay.become(.cut)
        seat.relay.become(.sound)
        try await startMaster(port: cluster.port)
        try await awaitReturn(of: seats)
    }

    /// Expects that the master keeps no upload of a slave that is not registered; a restart removes all uploads.
    private func expectNoStrayUploads() async throws {
        var stray: [String] = []
        for _ in 0..<50 {
            let slaves = try await cluster.http.get("/v1/slave")["slaves"].array ?? []
            let alive = Set(slaves.filter { $0["is_alive"] == true }.compactMap { $0["id"].integer })
            let uploads = try FileManager.default.contentsOfDirectory(
                atPath: visible("\(directory(of: .master))/master/uploads")
            )
            stray = uploads.filter { $0.split(separator: "-").first.flatMap { Int($0) }.map(alive.contains) != true }
            if stray.isEmpty { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("Uploads of slaves that are gone are still there: \(stray)")
    }

    private func lose(_ seat: Seat, _ outage: Fault.Outage, _ beyond: Int) async throws {
        try await awaitWork(on: seat)
        try await seat.relay.become(outage.condition, at: outage.moment)
        try await awaitLoss(of: seat)
        // The outage takes real time, like a freeze.
        try await Task.sleep(for: .milliseconds(beyond))
        seat.relay.become(.sound)
        try await awaitReturn(of: [seat])
    }

    private func interrupt(_ seat: Seat, _ outage: Fault.Outage, _ time: Int) async throws {
        try await awaitWork(on: seat)
        try await seat.relay.become(outage.condition, at: outage.moment)
        // The outage takes real time, shorter than the lease.
        try await Task.sleep(for: .milliseconds(time))
        seat.relay.become(.sound)
        try await awaitReturn(of: [seat])
    }

    private func doubleResults(_ seat: Seat) async throws {
        let authenticator = try MessageAuthenticator(key: Array(RunningCluster.secret.utf8))
        for post in try await seat.relay.nextAnsweredPosts() {
            let answer = try await post.replay(to: cluster.port)
            #expect(answer.hasPrefix("HTTP/1.1 401"), "The same bytes once more: \(answer)")
            let signed = try await post.repeatSigned(over: cluster.http, authenticator)
            let reports = try post.report().reports.count
            let text = String(decoding: signed.body, as: UTF8.self)
            #expect(signed.status == 409, "The same results once more: \(text)")
            #expect(try signed.json()["refused"].array?.count == reports, "The same results once more: \(text)")
        }
    }
}
