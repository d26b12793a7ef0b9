import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerTesting

@testable import ClusterRunnerScheduling

/// A cluster with random events in random order, from a seed.
struct ClusterChaos {
    private(set) var scene = ClusterScene(
        policy: ClusterPolicy(handOutAhead: .seconds(2), leastShared: .zero, straggling: 0.3, leastStraggling: .zero)
    )
    private(set) var generator: SeededGenerator
    private var slaves: [SlaveID] = []
    private var builds: [BuildID] = []
    private var sessions = 0
    /// The steps for which slaves mostly follow instructions.
    private var quietSteps = 0
    /// The percentage of runs that meet an obstacle.
    private var obstacles = 0
    /// The number of atoms taken back from slaves.
    private(set) var moved = 0
    /// The slaves that have not found the new master yet.
    private var orphans: [OrphanedSlave] = []
    /// Every batch of reports ever sent: any may be repeated, at any time and by any slave.
    private var sent: [(build: BuildID, reports: [AtomReport])] = []

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
        obstacles = [0, 0, 3, 10, 60].randomElement(using: &generator) ?? 0
        if chance(60) { beginBusily() }
    }

    /// Begins with some slaves at work on a build with large subjobs, so that there is work to share.
    private mutating func beginBusily() {
        let count = Int.random(in: 2...4, using: &generator)
        for number in 1...count {
            slaves.append(scene.slave("host\(number):1", executors: Int.random(in: 1...2, using: &generator)))
        }
        quietSteps = 30
        let build = scene.request()
        builds.append(build)
        scene.startPreparing(build)
        let most = chance(50) ? 9 : 1
        let subjobs = (0..<Int.random(in: 3...8, using: &generator)).map { _ in
            Int.random(in: 1...most, using: &generator)
        }
        scene.decide { [plan = makePlan(subjobs)] in $0.prepared(build: build, plan: plan, at: $1, &$2) }
        for slave in slaves { scene.setUp(slave, build) }
    }

    /// Makes one event.
    mutating func step() {
        if quietSteps > 0, !chance(10) {
            quietSteps -= 1
            if chance(20) { return passTime() }
            return chance(60) ? report() : giveBack()
        }
        switch Int.random(in: 0..<100, using: &generator) {
        case 0..<5: if builds.count < 4 { builds.append(scene.request()) }
        case 5..<15: moveOnPreparation()
        case 15..<21: addSlave()
        case 21..<26: disturbConnection()
        case 26..<44: setUp()
        case 44..<74: report()
        case 74..<78: giveBack()
        case 78..<88: tearDown()
        case 88..<90: killMaster()
        case 90..<92: scene.cancel(anyBuild)
        case 92..<98: passTime()
        case 98: scene.shutDown(anySlave)
        default: scene.leave(anySlave)
        }
    }

    private var anySlave: SlaveID { mutating get { slaves.randomElement(using: &generator) ?? 1 } }

    private var anyBuild: BuildID { mutating get { builds.randomElement(using: &generator) ?? 1 } }

    private mutating func chance(_ percent: Int) -> Bool {
        Int.random(in: 0..<100, using: &generator) < percent
    }
}

// MARK: What may happen

extension ClusterChaos {
    private mutating func moveOnPreparation() {
        let build = anyBuild
        if chance(50) {
            scene.startPreparing(build)
        } else if chance(95) {
            scene.decide { [plan = makePlan()] in $0.prepared(build: build, plan: plan, at: $1, &$2) }
        } else {
            scene.decide { $0.fail(build: build, "It was not meant to be.", at: $1, &$2) }
        }
    }

    private mutating func makePlan() -> BuildPlan {
        let count = Int.random(in: 1...8, using: &generator)
        return makePlan((0..<count).map { _ in Int.random(in: 1...3, using: &generator) })
    }

    private mutating func makePlan(_ atoms: [Int]) -> BuildPlan {
        let limits: [Int?] = [nil, nil, nil, nil, 1, 2, 3]
        let seconds = atoms.map { count in
            (0..<count).map { _ in Double.random(in: 0...9, using: &generator) }
        }
        return (chance(50) ? BuildPlan.scripted(atoms) : .timed(seconds)).changed {
            $0.maxExecutors = limits.randomElement(using: &generator) ?? nil
            $0.maxExecutorsPerSlave = limits.randomElement(using: &generator) ?? nil
            $0.retries = Int.random(in: 0...2, using: &generator)
            $0.failFast = Bool.random(using: &generator)
            $0.speculate = chance(60)
        }
    }

    /// Adds a new slave, one that registers again, or a new session of a known one.
    private mutating func addSlave() {
        if let orphan = orphans.popLast() { return slaves.append(scene.readmit(orphan)) }
        if !chance(30) { sessions += 1 }
        let host = Int.random(in: 1...4, using: &generator)
        let executors = Int.random(in: 1...3, using: &generator)
        let slave = scene.register("host\(host):1", executors: executors, session: "\(host).\(sessions)")
        if !slaves.contains(slave) { slaves.append(slave) }
        if chance(80) { scene.connect(slave) }
    }

    private mutating func killMaster() {
        orphans = scene.restart().shuffled(using: &generator)
        while orphans.count > 1, chance(80) { slaves.append(scene.readmit(orphans.removeLast())) }
    }

    private mutating func disturbConnection() {
        let slave = anySlave
        if chance(50) {
            scene.connect(slave)
        } else {
            scene.decide { cluster, _, _ in cluster.disconnected(slave: slave) }
        }
    }

    private mutating func setUp() {
        let failure = chance(15) ? "no disk" : nil
        let slave = anySlave
        if case .settingUp(let build) = scene.phase(slave), chance(90) {
            scene.setUp(slave, build, failure: failure)
        } else {
            scene.setUp(slave, anyBuild, failure: failure)
        }
    }

    private mutating func tearDown() {
        let slave = anySlave
        if case .tearingDown(let build) = scene.phase(slave), chance(90) {
            scene.tearDown(slave, build)
        } else if chance(10) {
            scene.tearDown(slave, anyBuild)
        }
    }

    private mutating func passTime() {
        scene.pass(.milliseconds(Int.random(in: 1...4000, using: &generator)))
        for slave in slaves where chance(75) { scene.heartbeat(slave) }
        scene.expire()
    }
}

// MARK: Results

extension ClusterChaos {
    private mutating func report() {
        let slave = anySlave
        if let old = sent.randomElement(using: &generator), chance(25) {
            report(from: chance(50) ? slave : anySlave, old.build, old.reports)
        } else if let grant = scene.inbox[slave]?.randomElement(using: &generator) {
            let ended = grant.reports().filter { _ in chance(70) }.map { outcome($0) }
            let reports = ended.shuffled(using: &generator)
            sent.append((grant.build, reports))
            report(from: slave, grant.build, reports)
            if reports.contains(where: { $0.obstacle != nil }), chance(70) { giveBackAll(of: grant.build, slave) }
        }
    }

    /// Answers a request for atoms, a current or an old one, of this slave or of another; each answer may come twice.
    private mutating func giveBack() {
        guard let slave = scene.asked.keys.sorted().randomElement(using: &generator),
            let (build, part) = scene.asked[slave]?.randomElement(using: &generator)
        else { return }
        let atoms = part.atoms.filter { _ in chance(70) }
        let sender = chance(10) ? anySlave : slave
        for _ in 0..<(chance(20) ? 2 : 1) {
            let before = scene.atomsHeld(under: part.lease, build)
            scene.giveBack(sender, build, [LeaseAtoms(lease: part.lease, atoms: atoms)])
            moved += before - scene.atomsHeld(under: part.lease, build)
        }
    }

    /// Gives back all atoms of a slave that met an obstacle.
    private mutating func giveBackAll(of build: BuildID, _ slave: SlaveID) {
        let parts = (scene.inbox[slave] ?? []).filter { $0.build == build }
            .map { LeaseAtoms(lease: $0.lease, atoms: $0.atoms.map(\.id)) }
        scene.giveBack(slave, build, parts)
    }

    private mutating func outcome(_ report: AtomReport) -> AtomReport {
        var report = report
        report.result.exitCode = chance(20) ? 1 : 0
        report.result.seconds = Double.random(in: 0...3, using: &generator)
        if chance(obstacles) { report.obstacle = RunObstacle("no folder", isOfAtom: chance(4)) }
        return report
    }

    private mutating func report(from slave: SlaveID, _ build: BuildID, _ reports: [AtomReport]) {
        let isLost = chance(10)
        scene.report(slave, build, reports, answerIsLost: isLost)
        // A slave without an answer usually reports again.
        if isLost, chance(80) { scene.report(slave, build, reports) }
    }

    /// Ends the disturbances: requested builds are prepared, and there are slaves that follow instructions.
    mutating func calmDown() {
        for build in scene.cluster.unfinished where scene.cluster.build(build)?.state.rawValue != "BUILDING" {
            scene.prepare(build, [1, 2])
        }
        for status in scene.cluster.slaves where status.isShuttingDown { scene.leave(status.id) }
        for status in scene.cluster.slaves where !status.isConnected { scene.connect(status.id) }
        scene.pass(.seconds(10))
        for status in scene.cluster.slaves { scene.heartbeat(status.id) }
        scene.expire()
        for host in 1...2 { _ = scene.slave("fresh\(host):1", executors: 2) }
        scene.runToTheEnd(rounds: 200)
    }
}

extension ClusterScene {
    /// Returns the number of atoms that a slave still has under a lease.
    fileprivate func atomsHeld(under lease: LeaseID, _ build: BuildID) -> Int {
        cluster.builds[build]?.crew.values.lazy.compactMap { $0.held[lease] }.first?.outstanding.count ?? 0
    }
}
