import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerScheduling
import ClusterRunnerSlave

/// One build on a simulated cluster: the master decides by `Cluster`, the slaves by `ExecutorQueue`.
///
/// Time is a number. Messages take ``Costs/latency`` each way, atoms their duration and a cost.
struct BuildSimulation {
    private var work: Work
    /// The measured work, which runs after the build before it.
    private var following: Work?
    private var requestedAt = 0.0
    private let costs: Costs
    private var cluster = Cluster(lastBuild: 0, lastSlave: 0, lastLease: 0)
    private var slaves: [SimulatedSlave]
    private var heap = EventHeap<Event>()
    private var now = 0.0
    private var end: Double?
    private var indices: [SlaveID: Int] = [:]
    private(set) var handOuts = 0
    /// The number of atoms given back.
    private(set) var moved = 0
    private(set) var refused = 0
    private(set) var busy = 0.0

    /// An event at a point in time.
    private enum Event {
        case joins(Int)
        case leaves(Int)
        case expires
        case requested
        case instructed(Int, SlaveInstruction)
        case ended(Int, executor: Int, QueuedAtom)
        case setUp(Int, build: BuildID)
        case tornDown(Int, build: BuildID)
        case reported(Int, build: BuildID, [AtomReport], returned: [LeaseAtoms])
        case answered(Int, ResultsAnswer)
    }

    /// Creates the simulation of a build, optionally after another one from which the master learns.
    init(_ work: Work, on site: Site, costs: Costs, after earlier: Work? = nil) {
        self.work = earlier ?? work
        following = earlier == nil ? nil : work
        self.costs = costs
        slaves = site.slaves.map(SimulatedSlave.init)
    }

    /// Runs the build; returns the time of its last result at the master, in seconds since its announcement to slaves.
    mutating func run() -> Double {
        for index in slaves.indices {
            heap.add(.joins(index), at: slaves[index].traits.joins)
            if let leaves = slaves[index].traits.leaves { heap.add(.leaves(index), at: leaves) }
        }
        while end == nil, let next = heap.next() {
            now = next.time
            perform(next.event)
        }
        return end.map { $0 - requestedAt } ?? .infinity
    }

    /// Requests the next build once all slaves are idle.
    private mutating func buildEnded() {
        guard let next = following else {
            end = now
            return
        }
        (work, following) = (next, nil)
        heap.add(.requested, at: now + 10 * costs.latency)
    }

    private mutating func requestBuild() {
        requestedAt = now
        let present = slaves.filter { $0.id != nil }.reduce(0) { $0 + $1.traits.executors }
        let plan = BuildPlan(
            projectID: "project",
            job: Job(name: "job", command: "run", atomizers: []),
            slaveParameters: ProjectParameters([:]),
            subjobs: AtomGrouping.subjobs(atoms: work.atoms, history: work.history, executors: present)
        )
        let build = decide { $0.request(type: "simulated", parameters: ProjectParameters([:]), at: $1, &$2) }
        decide { _ = $0.preparationStarts(build: build, at: $1, &$2) }
        decide { $0.prepared(build: build, plan: plan, at: $1, &$2) }
    }

    private mutating func decide<Result>(
        _ event: (inout Cluster, Moment, inout ClusterDecisions) -> Result
    ) -> Result {
        var decisions = ClusterDecisions()
        let result = event(&cluster, Moment(wall: now, uptime: .seconds(now)), &decisions)
        for effect in decisions.effects {
            switch effect {
            case .instruct(let slave, let instruction):
                if let index = indices[slave] { heap.add(.instructed(index, instruction), at: now + costs.latency) }
            case .release: buildEnded()
            case .prepare, .restore, .disconnect, .eventsStored: break
            }
        }
        return result
    }
}

// MARK: What happens

extension BuildSimulation {
    private mutating func perform(_ event: Event) {
        switch event {
        case .joins(let index): join(index)
        case .leaves(let index):
            slaves[index].isGone = true
            heap.add(.expires, at: now + cluster.policy.slaveTimeout.inSeconds + 0.001)
        case .expires:
            for slave in slaves where !slave.isGone { if let id = slave.id { _ = cluster.heard(from: id, at: moment) } }
            decide { $0.expireSlaves(at: $1, &$2) }
        case .requested: requestBuild()
        case .instructed(let index, let instruction): if !slaves[index].isGone { follow(instruction, index) }
        case .ended(let index, let executor, let task): if !slaves[index].isGone { atomEnded(index, executor, task) }
        case .setUp(let index, let build): setUp(index, build)
        case .tornDown(let index, let build): tearDown(index, build)
        case .reported(let index, let build, let reports, let returned): report(index, build, reports, returned)
        case .answered(let index, let answer): if !slaves[index].isGone { answered(index, answer) }
        }
    }

    private var moment: Moment { Moment(wall: now, uptime: .seconds(now)) }

    private mutating func join(_ index: Int) {
        let executors = slaves[index].traits.executors
        let admission = decide {
            $0.register(url: "slave\(index):1", sessionID: "\(index)", executors: executors, at: $1, &$2)
        }
        slaves[index].id = admission.slave
        indices[admission.slave] = index
        decide { $0.connected(slave: admission.slave, at: $1, &$2) }
        if now == 0, index == slaves.lastIndex(where: { $0.traits.joins == 0 }) { requestBuild() }
    }

    private mutating func follow(_ instruction: SlaveInstruction, _ index: Int) {
        switch instruction {
        case .setUp(let setup):
            guard slaves[index].build != setup.build else { return }
            slaves[index].begin(setup.build)
            heap.add(.setUp(index, build: setup.build), at: now + costs.latency)
        case .run(let grants): add(grants, index)
        case .tearDown(let build), .cancel(let build):
            slaves[index].build = nil
            heap.add(.tornDown(index, build: build), at: now + costs.latency)
        case .giveBack(let build, let parts): giveBack(parts, of: build, index)
        // Only jobs with `speculate` or a teardown get these, and this one has neither.
        case .stop, .endTeardown, .shutDown: break
        }
    }

    private mutating func setUp(_ index: Int, _ build: BuildID) {
        guard let id = slaves[index].id else { return }
        decide { $0.setupFinished(slave: id, build: build, failure: nil, at: $1, &$2) }
    }

    private mutating func tearDown(_ index: Int, _ build: BuildID) {
        guard let id = slaves[index].id else { return }
        decide { $0.tornDown(slave: id, build: build, at: $1, &$2) }
    }
}

// MARK: Executors

extension BuildSimulation {
    private mutating func add(_ grants: [LeaseGrant], _ index: Int) {
        handOuts += grants.count
        slaves[index].queue.add(grants)
        for executor in slaves[index].running.indices where slaves[index].running[executor] == nil {
            begin(index, executor)
        }
    }

    private mutating func begin(_ index: Int, _ executor: Int) {
        guard let task = slaves[index].queue.next(for: executor) else { return }
        slaves[index].running[executor] = task
        let isNew = slaves[index].lastLease[executor] != task.lease
        slaves[index].lastLease[executor] = task.lease
        let cost = costs.perAtom + (isNew ? costs.perHandOut : 0)
        heap.add(.ended(index, executor: executor, task), at: now + cost + seconds(of: task, index))
    }

    private func seconds(of task: QueuedAtom, _ index: Int) -> Double {
        work.seconds[Int(task.atom.atom.value.escaped) ?? 0] / slaves[index].traits.speed
    }

    private mutating func atomEnded(_ index: Int, _ executor: Int, _ task: QueuedAtom) {
        slaves[index].running[executor] = nil
        busy += seconds(of: task, index)
        let result = AtomResult(exitCode: 0, seconds: seconds(of: task, index))
        slaves[index].outbox.append(
            AtomReport(lease: task.lease, subjob: task.subjob, atom: task.atom.id, executor: executor, result: result)
        )
        begin(index, executor)
        sendReports(index)
    }

    private mutating func sendReports(_ index: Int) {
        guard !slaves[index].isReporting, slaves[index].hasMail, let build = slaves[index].build else { return }
        slaves[index].isReporting = true
        heap.add(
            .reported(index, build: build, slaves[index].outbox, returned: slaves[index].returned),
            at: now + costs.latency
        )
        slaves[index].outbox = []
        slaves[index].returned = []
    }

    private mutating func giveBack(_ parts: [LeaseAtoms], of build: BuildID, _ index: Int) {
        guard slaves[index].build == build else { return }
        for part in parts {
            let atoms = slaves[index].queue.giveBack(part.atoms, of: part.lease)
            slaves[index].returned.append(LeaseAtoms(lease: part.lease, atoms: atoms))
            moved += atoms.count
        }
        sendReports(index)
    }

    private mutating func report(_ index: Int, _ build: BuildID, _ reports: [AtomReport], _ returned: [LeaseAtoms]) {
        guard let id = slaves[index].id else { return }
        let answer = decide { $0.results(slave: id, build: build, reports, returned: returned, at: $1, &$2) }
        refused += answer.refused.count
        heap.add(.answered(index, answer), at: now + costs.latency)
    }

    private mutating func answered(_ index: Int, _ answer: ResultsAnswer) {
        slaves[index].isReporting = false
        add(answer.grants, index)
        sendReports(index)
    }
}
