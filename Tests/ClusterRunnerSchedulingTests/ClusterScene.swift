import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerScheduling

/// A cluster, and the effects of its decisions so far.
struct ClusterScene {
    var cluster: Cluster
    /// The current time.
    private(set) var now = Moment(wall: 1000, uptime: .zero)
    /// The effects of the last event.
    private(set) var effects: [ClusterEffect] = []
    /// The contents of the store.
    private(set) var stored = StoredState()
    /// The leases that each slave was sent, oldest first.
    var inbox: [SlaveID: [LeaseGrant]] = [:]
    /// The leases to each slave, oldest first, including lost messages.
    private(set) var handedOut: [SlaveID: [LeaseGrant]] = [:]
    /// The atoms that each slave was asked to give back, oldest first.
    private(set) var asked: [SlaveID: [(build: BuildID, part: LeaseAtoms)]] = [:]
    /// The first number of each slave that had another one under an earlier master.
    var origins: [SlaveID: SlaveID] = [:]
    /// The leases that each slave was told to stop.
    private(set) var lostLeases: [SlaveID: Set<LeaseID>] = [:]

    init(policy: ClusterPolicy = ClusterPolicy(), lastBuild: Int = 0, lastSlave: Int = 0, lastLease: Int = 0) {
        cluster = Cluster(policy: policy, lastBuild: lastBuild, lastSlave: lastSlave, lastLease: lastLease)
    }

    /// Applies one event to the cluster.
    @discardableResult
    mutating func decide<Result>(
        _ event: (inout Cluster, Moment, inout ClusterDecisions) -> Result
    ) -> Result {
        var decisions = ClusterDecisions()
        let result = event(&cluster, now, &decisions)
        stored.apply(decisions.changes)
        effects = decisions.effects
        for case .instruct(let slave, .run(let grants)) in effects { deliver(grants, to: slave) }
        for case .instruct(let slave, .giveBack(let build, let parts)) in effects {
            asked[slave, default: []] += parts.map { (build, $0) }
        }
        return result
    }

    private mutating func note(_ grants: [LeaseGrant], to slave: SlaveID) {
        let known = Set(handedOut[slave, default: []].map(\.lease))
        handedOut[slave, default: []] += grants.filter { !known.contains($0.lease) }
    }

    private mutating func deliver(_ grants: [LeaseGrant], to slave: SlaveID) {
        note(grants, to: slave)
        let known = Set(inbox[slave, default: []].map(\.lease))
        inbox[slave, default: []] += grants.filter { !known.contains($0.lease) }
    }

    /// Advances time.
    mutating func pass(_ time: Duration) {
        now = Moment(wall: now.wall + time.inSeconds, uptime: now.uptime + time)
    }

    /// The instructions among the last effects, by slave.
    var instructions: [SlaveID: [SlaveInstruction]] {
        var all: [SlaveID: [SlaveInstruction]] = [:]
        for case .instruct(let slave, let instruction) in effects { all[slave, default: []].append(instruction) }
        return all
    }
}

// MARK: Slaves

extension ClusterScene {
    /// Registers a slave; its session is named for its URL unless another one is given.
    mutating func register(_ url: String, executors: Int = 1, session: String? = nil, hold: HeldBuild? = nil) -> SlaveID
    {
        let session = session ?? "of \(url)"
        let admission = decide {
            $0.register(url: url, sessionID: session, executors: executors, hold: hold, at: $1, &$2)
        }
        lostLeases[admission.slave, default: []].formUnion(admission.lostLeases)
        return admission.slave
    }

    /// Registers and connects a slave.
    mutating func slave(_ url: String, executors: Int = 1, session: String? = nil) -> SlaveID {
        let slave = register(url, executors: executors, session: session)
        connect(slave)
        return slave
    }

    mutating func connect(_ slave: SlaveID) {
        decide { $0.connected(slave: slave, at: $1, &$2) }
    }

    mutating func setUp(_ slave: SlaveID, _ build: BuildID, failure: String? = nil) {
        decide { $0.setupFinished(slave: slave, build: build, failure: failure, at: $1, &$2) }
    }

    mutating func tearDown(_ slave: SlaveID, _ build: BuildID) {
        decide { $0.tornDown(slave: slave, build: build, at: $1, &$2) }
    }

    mutating func shutDown(_ slave: SlaveID) {
        decide { $0.shutDown(slave: slave, at: $1, &$2) }
    }

    /// Removes a slave by its goodbye, with or without work.
    mutating func leave(_ slave: SlaveID) {
        decide { $0.left(slave: slave, at: $1, &$2) }
    }

    /// Sends a heartbeat of a slave; returns whether the slave is registered.
    @discardableResult
    mutating func hear(_ slave: SlaveID) -> Bool {
        decide { cluster, now, decisions in
            let wasReachable = cluster.isReachable(slave, at: now)
            guard cluster.heard(from: slave, at: now) else { return false }
            if !wasReachable { cluster.pickUp(slave, at: now, &decisions) }
            return true
        }
    }

    /// Sends a heartbeat that names leases; returns those to stop.
    mutating func heartbeat(_ slave: SlaveID, _ build: BuildID?, _ leases: [LeaseID]) -> [LeaseID]? {
        let heartbeat = SlaveHeartbeat(build: build, leases: leases)
        return decide { $0.heartbeat(slave: slave, heartbeat, at: $1, &$2) }
    }

    /// Sends a heartbeat that names all leases that ever reached the slave for its build.
    mutating func heartbeat(_ slave: SlaveID) {
        guard let build = cluster.slaves.first(where: { $0.id == slave })?.build else {
            hear(slave)
            return
        }
        let leases = inbox[slave, default: []].filter { $0.build == build }.map(\.lease)
        _ = heartbeat(slave, build, leases)
    }

    func quarantine(_ slave: SlaveID) -> SlaveQuarantine? {
        cluster.slaves.first { $0.id == slave }?.quarantine
    }

    mutating func expire() {
        decide { $0.expireSlaves(at: $1, &$2) }
    }

    func phase(_ slave: SlaveID) -> SlavePhase? {
        cluster.slaves.first { $0.id == slave }?.phase
    }
}

// MARK: Builds

extension ClusterScene {
    mutating func request() -> BuildID {
        decide { $0.request(type: "scripted", parameters: ProjectParameters([:]), at: $1, &$2) }
    }

    /// Requests and prepares a build; `atoms` are the sizes of its subjobs.
    mutating func build(_ atoms: [Int], _ change: (inout Job) -> Void = { _ in }) -> BuildID {
        let build = request()
        prepare(build, atoms, change)
        return build
    }

    mutating func prepare(_ build: BuildID, _ atoms: [Int], _ change: (inout Job) -> Void = { _ in }) {
        startPreparing(build)
        decide { $0.prepared(build: build, plan: .scripted(atoms, change), at: $1, &$2) }
    }

    @discardableResult
    mutating func startPreparing(_ build: BuildID) -> Bool {
        decide { $0.preparationStarts(build: build, at: $1, &$2) }
    }

    @discardableResult
    mutating func cancel(_ build: BuildID) -> Bool {
        decide { $0.cancel(build: build, at: $1, &$2) }
    }

    /// Returns the stored record of a build.
    func record(_ build: BuildID) -> BuildRecord? { stored.builds[build] }

    /// Returns the stored exit codes, by atom; nil without a result.
    func exitCodes(_ build: BuildID) -> [[Int?]] {
        (stored.builds[build]?.progress.subjobs).map { count in
            (0..<count).map(SubjobID.init(rawValue:)).map { subjob in
                stored.atoms.filter { $0.key.build == build && $0.key.subjob == subjob }
                    .sorted { $0.key.atom < $1.key.atom }.map { $0.value.result?.exitCode }
            }
        } ?? []
    }
}

// MARK: Results

extension ClusterScene {
    /// Reports every atom of a lease.
    @discardableResult
    mutating func report(_ slave: SlaveID, _ grant: LeaseGrant, exitCode: Int = 0) -> ResultsAnswer {
        report(slave, grant.build, grant.reports(exitCode: exitCode))
    }

    /// Reports atoms of a slave; the answer reaches it unless it is lost.
    @discardableResult
    mutating func report(
        _ slave: SlaveID,
        _ build: BuildID,
        _ reports: [AtomReport],
        answerIsLost: Bool = false
    ) -> ResultsAnswer {
        let answer = decide { $0.results(slave: slave, build: build, reports, at: $1, &$2) }
        note(answer.grants, to: slave)
        if !answerIsLost { deliver(answer.grants, to: slave) }
        return answer
    }

    /// Sends the atoms that a slave gives back.
    mutating func giveBack(_ slave: SlaveID, _ build: BuildID, _ parts: [LeaseAtoms]) {
        let answer = decide { $0.results(slave: slave, build: build, [], returned: parts, at: $1, &$2) }
        deliver(answer.grants, to: slave)
    }

    /// Reports everything that a slave was ever sent; refusals are ignored.
    mutating func reportAll(_ slave: SlaveID, exitCode: Int = 0) {
        var done = 0
        while let grant = inbox[slave, default: []].dropFirst(done).first {
            report(slave, grant, exitCode: exitCode)
            done += 1
        }
    }

    /// Lets every slave follow its instructions, until nothing changes.
    mutating func runToTheEnd(rounds: Int = 50) {
        for _ in 0..<rounds where !cluster.unfinished.isEmpty {
            for status in cluster.slaves {
                switch status.phase {
                case .settingUp(let build): setUp(status.id, build)
                case .working: reportAll(status.id)
                case .tearingDown(let build): tearDown(status.id, build)
                case .idle, .lost: break
                }
            }
        }
    }
}

extension LeaseGrant {
    /// Makes the reports of a slave that ran all atoms on one executor, a second each.
    func reports(exitCode: Int = 0) -> [AtomReport] {
        atoms.map {
            AtomReport(
                lease: lease,
                subjob: subjob,
                atom: $0.id,
                executor: 0,
                result: AtomResult(exitCode: exitCode, seconds: 1)
            )
        }
    }
}

extension BuildPlan {
    /// Makes a plan of a job named `job`; `atoms` are the sizes of its subjobs.
    static func scripted(_ atoms: [Int], _ change: (inout Job) -> Void = { _ in }) -> BuildPlan {
        var job = Job(name: "job", command: "run", atomizers: [])
        change(&job)
        let subjobs = atoms.enumerated().map { subjob, count in
            let atoms = (0..<count).map { Atom(variable: "V", value: "\(subjob).\($0)") }
            return PlannedSubjob(atoms: atoms.map { PlannedAtom(atom: $0, expectedTime: nil) }, expectedTime: nil)
        }
        return BuildPlan(projectID: "project", job: job, slaveParameters: ProjectParameters([:]), subjobs: subjobs)
    }

    /// Makes a plan of a job named `job` with one subjob for each name of an atom.
    static func named(_ names: [String]) -> BuildPlan {
        let subjobs = names.map { name in
            let atom = PlannedAtom(atom: Atom(variable: "V", value: name), expectedTime: nil)
            return PlannedSubjob(atoms: [atom], expectedTime: nil)
        }
        return BuildPlan(
            projectID: "project",
            job: Job(name: "job", command: "run", atomizers: []),
            slaveParameters: ProjectParameters([:]),
            subjobs: subjobs
        )
    }

    /// Makes a plan of a job named `job`, with the expected seconds of the atoms of each subjob.
    static func timed(_ seconds: [[Double]], _ change: (inout Job) -> Void = { _ in }) -> BuildPlan {
        var job = Job(name: "job", command: "run", atomizers: [])
        change(&job)
        let subjobs = seconds.enumerated().map { subjob, times in
            let atoms = times.enumerated().map {
                PlannedAtom(atom: Atom(variable: "V", value: "\(subjob).\($0)"), expectedTime: $1)
            }
            return PlannedSubjob(atoms: atoms, expectedTime: times.reduce(0, +))
        }
        return BuildPlan(projectID: "project", job: job, slaveParameters: ProjectParameters([:]), subjobs: subjobs)
    }

    /// Returns the same plan with a changed job.
    func changed(_ change: (inout Job) -> Void) -> BuildPlan {
        var job = job
        change(&job)
        return BuildPlan(projectID: projectID, job: job, slaveParameters: slaveParameters, subjobs: subjobs)
    }
}
