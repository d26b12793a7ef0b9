import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerScheduling
import Testing

@testable import ClusterRunnerSlave

/// The cost of an atom in requests: counts, never times.
@Suite(.timeLimit(.minutes(10))) struct RequestCountTests {
    private let now = Moment(wall: 0, uptime: .zero)

    /// Makes a master's decisions about a build of some atoms, for which one slave is set up.
    private func cluster(atoms: Int, executors: Int) -> (cluster: Cluster, slave: SlaveID, work: [LeaseGrant]) {
        var cluster = Cluster(lastBuild: 0, lastSlave: 0, lastLease: 0)
        var decisions = ClusterDecisions()
        let build = cluster.request(type: "t", parameters: ProjectParameters([:]), at: now, &decisions)
        _ = cluster.preparationStarts(build: build, at: now, &decisions)
        let subjobs = (0..<atoms).map { number in
            let atom = PlannedAtom(atom: Atom(variable: "A", value: "\(number)"), expectedTime: nil)
            return PlannedSubjob(atoms: [atom], expectedTime: nil)
        }
        let plan = BuildPlan(
            projectID: "p",
            job: Job(name: "J", command: "true", atomizers: []),
            slaveParameters: ProjectParameters([:]),
            subjobs: subjobs
        )
        cluster.prepared(build: build, plan: plan, at: now, &decisions)
        let slave = cluster.register(url: "h:1", sessionID: "s", executors: executors, at: now, &decisions).slave
        cluster.connected(slave: slave, at: now, &decisions)
        cluster.setupFinished(slave: slave, build: build, failure: nil, at: now, &decisions)
        let work = decisions.effects.flatMap { effect -> [LeaseGrant] in
            if case .instruct(_, .run(let grants)) = effect { grants } else { [] }
        }
        return (cluster, slave, work)
    }

    /// Counts the requests of a slave for a build of atoms that take a millisecond, if it never waits.
    private func requests(atoms: Int, executors: Int) async throws -> Int {
        var (cluster, slave, work) = cluster(atoms: atoms, executors: executors)
        let queue = WorkQueue(executors: executors)
        queue.add(work)
        var reports: [AtomReport] = []
        var requests = 0
        for number in 1...atoms {
            let task = try #require(await queue.next(for: number % executors))
            let result = AtomResult(exitCode: 0, seconds: 0.001)
            reports.append(
                AtomReport(lease: task.lease, subjob: task.subjob, atom: task.atom.id, executor: 0, result: result)
            )
            guard queue.isRunningLow || number == atoms else { continue }
            var decisions = ClusterDecisions()
            queue.add(cluster.results(slave: slave, build: 1, reports, at: now, &decisions).grants)
            reports = []
            requests += 1
        }
        return requests
    }

    @Test func `A thousand short atoms are reported in a few requests`() async throws {
        #expect(try await requests(atoms: 1_000, executors: 2) <= 30)
        #expect(try await requests(atoms: 1_000, executors: 8) <= 60)
    }

    @Test func `Ten thousand take hardly more for each`() async throws {
        #expect(try await requests(atoms: 10_000, executors: 2) <= 100)
    }
}
