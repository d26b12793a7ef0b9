import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin
import Foundation
import Testing

/// The length of a run: `CHAOS_SEEDS=1,2,3` and `CHAOS_FAULTS=25`, the faults for each seed.
private enum ChaosLength {
    static let seeds: [UInt64] = {
        let seeds = setting("CHAOS_SEEDS")?.split(separator: ",").compactMap { UInt64($0) } ?? []
        return seeds.isEmpty ? [1] : seeds
    }()
    static let faults = setting("CHAOS_FAULTS").flatMap { Int($0) } ?? FaultSchedule.kinds

    private static func setting(_ name: String) -> String? { ProcessInfo.processInfo.environment[name] }
}

@Suite(.serialized, .timeLimit(.minutes(20)))
struct ChaosTests {
    @Test(arguments: ChaosLength.seeds)
    func `Whatever is killed, frozen, cut off, filled or set wrong, no result is lost or doubled`(_ seed: UInt64)
        async throws
    {
        try await ChaosCluster.with(slaves: 4) { chaos in
            let schedule = FaultSchedule(seed: seed, count: ChaosLength.faults, slaves: chaos.seats.count)
            let accepted = try await chaos.work(through: schedule.faults)
            try await chaos.within("the end of all builds") {
                try await chaos.cluster.poll("/v1/queue") { $0["queue"] == [] }
                try await chaos.cluster.idle()
            }
            try await expectNothingLeft(of: chaos)
            try expectWholeEventLog(of: chaos)
            let shown = try await chaos.cluster.http.get("/v1/build")["builds"].array ?? []
            #expect(Set(accepted).subtracting(shown.compactMap { $0["id"].integer.map { BuildID($0) } }).isEmpty)
            try await judge(shown, chaos)
        }
    }

    private func judge(_ builds: [JSONValue], _ chaos: ChaosCluster) async throws {
        let http = chaos.cluster.http
        let history = ChaosHistory(try await http.get("/v1/eventlog")["events"].array ?? [])
        let relays = chaos.seats.map { ($0.url, $0.relay.port) }
        let ledger = chaos.ledger.now
        var verdict = ChaosVerdict(
            ledger: ledger,
            relays: Dictionary(uniqueKeysWithValues: relays),
            history: history,
            shortOfSpace: chaos.shortOfSpace.withLock { $0 }
        )
        for build in builds {
            let id = BuildID(try #require(build["id"].integer))
            let subjobs = try await http.get("/v1/build/\(id)/subjob")["subjobs"].array ?? []
            let files = try await ArtifactTree(of: id, "tar.gz", from: chaos.cluster).files
            verdict.judge(build, subjobs: subjobs, files: files)
        }
        let faults = verdict.faults.joined(separator: "\n")
        #expect(verdict.faults.isEmpty, "\(faults)\n\(chaos.cluster.logs)")
        let wholeBuilds = builds.count - verdict.crampedBuilds
        #expect(verdict.right + verdict.cramped == wholeBuilds * ChaosJob.atoms)
        print(figures(verdict, history, builds.count, chaos))
    }

    private func figures(
        _ verdict: ChaosVerdict,
        _ history: ChaosHistory,
        _ builds: Int,
        _ chaos: ChaosCluster
    ) -> String {
        ChaosFigures.total.withLock { figures in
            figures.seeds += 1
            figures.builds += builds
            figures.atoms += verdict.right
            figures.runs += chaos.ledger.now.runs.count
            figures.lost += verdict.lost
            figures.doubled += verdict.doubled
            figures.flaky += verdict.flaky
            figures.refused += history.refused
            figures.losses += history.losses.count
            figures.cramped += verdict.cramped
            figures.crampedBuilds += verdict.crampedBuilds
            figures.faults.merge(chaos.durations.withLock { $0 }) { $0 + $1 }
            figures.add(chaos.kills.withLock { $0 }, chaos.ledger.now, history)
            return figures.summary
        }
    }

    /// Expects no remains of the builds on the machines of the slaves and the master.
    private func expectNothingLeft(of chaos: ChaosCluster) async throws {
        let folders =
            chaos.seats.map { "\($0.machine.name)/slave-\($0.port)/builds" } + [
                "master/master/uploads", "master/master/workspaces",
            ]
        for folder in folders {
            let path = chaos.visible("\(chaos.cluster.scratch)/\(folder)")
            let rest = try await rest { try FileManager.default.contentsOfDirectory(atPath: path) }
            #expect(rest.isEmpty, "\(folder) holds \(rest)\n\(chaos.cluster.logs)")
        }
        let processes = try await rest { Processes.mentioning(chaos.ledger.path).map(String.init) }
        #expect(processes.isEmpty, "Commands still run: \(processes)\n\(chaos.cluster.logs)")
    }

    /// Expects that the event log has whole lines, with each event once and in order.
    private func expectWholeEventLog(of chaos: ChaosCluster) throws {
        let path = chaos.visible("\(chaos.directory(of: .master))/eventlog.log")
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        let ids = lines.map { JSONParser.value(of: $0.utf8)?["__id__"].integer ?? 0 }
        #expect(zip(ids, ids.dropFirst()).allSatisfy(<), "The file of events is not in order: \(ids)")
    }

    /// Returns the remains after a while: a killed slave's commands have half a second left, and the master cleans up
    /// after its answer.
    private func rest(_ look: () throws -> [String]) async throws -> [String] {
        for _ in 0..<250 where try !look().isEmpty { try await Task.sleep(for: .milliseconds(20)) }
        return try look()
    }
}
