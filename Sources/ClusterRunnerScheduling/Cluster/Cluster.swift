package import ClusterRunnerConcurrency
package import ClusterRunnerDomain
package import ClusterRunnerPlugin

/// All unfinished builds and all slaves, with all decisions about them.
///
/// A pure value: each event adds to ``ClusterDecisions`` the changes that its owner must make durable and the effects
/// that it must then perform. Time is a parameter. The owner feeds events from one place, one after the other.
package struct Cluster: Sendable {
    /// The limits of the cluster.
    package let policy: ClusterPolicy
    var builds: [BuildID: BuildStateMachine] = [:]
    var slaveTable = SlaveTable()
    /// Number of slaves that have left or were lost.
    package internal(set) var departures = 0
    /// The health of slaves, by their `host:port`.
    var health: [String: SlaveHealth] = [:]
    var lastBuild: Int
    var lastSlave: Int
    var leases: LeaseNumbers

    /// Creates a cluster without builds and slaves that continues the given numbers.
    package init(policy: ClusterPolicy = ClusterPolicy(), lastBuild: Int, lastSlave: Int, lastLease: Int) {
        self.policy = policy
        self.lastBuild = lastBuild
        self.lastSlave = lastSlave
        self.leases = LeaseNumbers(last: lastLease)
    }

    /// The slaves, by number.
    package var slaves: [SlaveStatus] {
        slaveTable.values.sorted { $0.id < $1.id }.map { slave in
            let held = slave.build.flatMap { builds[$0]?.crew[slave.id]?.atoms } ?? 0
            return SlaveStatus(
                id: slave.id,
                url: slave.url,
                sessionID: slave.sessionID,
                executors: slave.executors,
                executorsInUse: min(held, slave.executors),
                phase: slave.phase,
                isConnected: slave.isConnected,
                isShuttingDown: slave.isShuttingDown,
                isDismissed: slave.isDismissed,
                quarantine: quarantine(of: slave),
                isDraining: isDrained(slave),
                name: slave.name,
                version: slave.version
            )
        }
    }

    /// Returns the build that a slave works for.
    package func build(ofSlave slave: SlaveID) -> BuildID? { slaveTable[slave]?.build }

    /// Returns the slave of that number, if known.
    package func slave(_ id: SlaveID) -> SlaveStateMachine? { slaveTable[id] }

    /// Number of unfinished builds.
    package var unfinishedBuilds: Int { builds.count }

    /// The records of the unfinished builds, by number.
    package var unfinishedRecords: [BuildRecord] { builds.values.map(\.record).sorted { $0.id < $1.id } }

    /// Returns the record of an unfinished build.
    package func build(_ id: BuildID) -> BuildRecord? { builds[id]?.record }
}

// MARK: Builds

extension Cluster {
    /// Accepts a build request.
    ///
    /// - Returns: The number of the new build.
    package mutating func request(
        type: String,
        parameters: ProjectParameters,
        requester: String? = nil,
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) -> BuildID {
        lastBuild += 1
        let id = BuildID(lastBuild)
        let record = BuildRecord(
            id: id,
            projectType: type,
            parameters: parameters,
            requester: requester,
            jobName: parameters.jobName,
            timestamps: [.queued: now.wall]
        )
        builds[id] = BuildStateMachine(record: record)
        builds[id]?.isTraced = policy.tracesBuilds
        builds[id]?.keptCaseBuilds = policy.keptCaseBuilds
        decisions.builds[id] = record
        decisions.others.append(.counter(.build, atLeast: lastBuild))
        let job = record.jobName.map(JSONValue.string) ?? .null
        decisions.record(
            .buildRequestQueued,
            at: now.wall,
            ["build_id": .integer(id), "type": .string(type), "job_name": job]
        )
        decisions.effects.append(.prepare(build: id))
        return id
    }

    /// Returns the oldest unfinished build of the same request.
    package func unfinishedBuild(type: String, parameters: ProjectParameters) -> BuildID? {
        unfinishedRecords.first { $0.projectType == type && $0.parameters == parameters }?.id
    }

    /// Begins the preparation of a build.
    ///
    /// - Returns: Whether it may begin; false when the build was canceled meanwhile.
    package mutating func preparationStarts(build: BuildID, at now: Moment, _ decisions: inout ClusterDecisions) -> Bool
    {
        builds[build]?.startPreparing(at: now, &decisions)
        return builds[build]?.state == .preparing
    }

    /// Ends the preparation of a build; it can now get slaves.
    package mutating func prepared(
        build: BuildID,
        plan: BuildPlan,
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) {
        builds[build]?.prepared(plan, at: now, &decisions)
        allocate(at: now, &decisions)
    }

    /// Ends a build with an error.
    package mutating func fail(build: BuildID, _ message: String, at now: Moment, _ decisions: inout ClusterDecisions) {
        builds[build]?.fail(message, at: now, &decisions)
        retireIfEnded(build, at: now, &decisions)
    }

    /// Cancels a build; for a build that has ended, kills the teardowns that still run.
    ///
    /// - Returns: Whether there was anything to cancel.
    package mutating func cancel(build: BuildID, at now: Moment, _ decisions: inout ClusterDecisions) -> Bool {
        guard builds[build] != nil else { return endTeardowns(of: build, &decisions) }
        builds[build]?.cancel(at: now, &decisions)
        retireIfEnded(build, at: now, &decisions)
        return true
    }

    /// Removes a build that has ended from the cluster and dismisses its slaves.
    mutating func retireIfEnded(_ id: BuildID, at now: Moment, _ decisions: inout ClusterDecisions) {
        guard let build = builds[id], build.state.isFinal else { return }
        builds[id] = nil
        for slave in build.crew.keys.sorted() {
            if build.state == .finished { absolve(build.crew[slave], &decisions) }
            slaveTable[slave]?.tearDown(id, at: now)
            decisions.effects.append(
                .instruct(slave: slave, build.state == .finished ? .tearDown(build: id) : .cancel(build: id))
            )
        }
        decisions.effects.append(.release(build: id))
        allocate(at: now, &decisions)
    }
}

// MARK: Giving slaves to builds

extension Cluster {
    /// Assigns idle slaves to the builds that can use them, the oldest build first.
    mutating func allocate(at now: Moment, _ decisions: inout ClusterDecisions) {
        // Called after each report, mostly without an idle slave.
        guard !slaveTable.available.isEmpty else { return }
        for id in builds.keys.sorted() where builds[id]?.wantedExecutors ?? 0 > 0 {
            for slave in availableSlaves(for: id, at: now) where builds[id]?.wantedExecutors ?? 0 > 0 {
                enlist(slave, for: id, at: now, &decisions)
            }
        }
    }

    /// Finds the idle slaves for a build that can be reached, largest first, without those that failed it.
    ///
    /// A slave that failed the build is not tried again while there is another one, even a busy one: a fault of a
    /// slave, such as a full disk, would use up the whole budget of the build within a second.
    func availableSlaves(for build: BuildID, at now: Moment) -> [SlaveID] {
        let available = slaveTable.available.filter { isReachable($0, at: now) }
            .compactMap { slaveTable[$0] }
            .filter { quarantine(of: $0) == nil && !isDrained($0) }
        let failed = Set(builds[build]?.failures.map(\.url) ?? [])
        let suitable = !failed.isEmpty && hasUntried(failed) ? available.filter { !failed.contains($0.url) } : available
        return suitable.sorted { ($1.executors, $0.id) < ($0.executors, $1.id) }.map(\.id)
    }

    /// Whether there is a slave, even a busy one, besides those that failed.
    func hasUntried(_ failed: Set<String>) -> Bool {
        slaveTable.values.contains {
            $0.isAlive && !$0.isShuttingDown && !failed.contains($0.url) && quarantine(of: $0) == nil && !isDrained($0)
        }
    }

    private mutating func enlist(
        _ slave: SlaveID,
        for build: BuildID,
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) {
        guard let executors = slaveTable[slave]?.executors,
            let url = slaveTable[slave]?.url,
            let setup = builds[build]?.enlist(slave: slave, url: url, executors: executors, at: now, &decisions)
        else { return }
        slaveTable[slave]?.phase = .settingUp(build: build)
        decisions.record(
            .buildSetupStart,
            at: now.wall,
            ["build_id": .integer(build), "slave_id": .integer(slave)]
        )
        decisions.effects.append(.instruct(slave: slave, .setUp(setup)))
    }

    /// Grants further subjobs to a slave.
    mutating func leases(to slave: SlaveID, at now: Moment, _ decisions: inout ClusterDecisions) -> [LeaseGrant] {
        guard let state = slaveTable[slave], case .working(let id) = state.phase else { return [] }
        // The build must not be copied while it changes, or each lease would copy all its subjobs.
        builds[id]?.crew[slave]?.speed = state.speed.factor
        var grants: [LeaseGrant] = []
        // A partly granted subjob still waits: then the slave may have room for more of it.
        while let count = builds[id]?.capacity(of: slave, ahead: policy.handOutAhead), count > 0 {
            let before = grants.count
            for _ in 0..<count {
                guard let place = builds[id]?.next(for: slave) else { break }
                let lease = leases.next(&decisions)
                let grant = builds[id]?.grant(place, to: slave, lease: lease, at: now, &decisions)
                if let grant { grants.append(grant) }
            }
            if grants.count == before { break }
        }
        return grants
    }

    /// Sends subjobs to every slave of a build with room for more.
    mutating func pushWork(of build: BuildID, at now: Moment, _ decisions: inout ClusterDecisions) {
        for slave in builds[build]?.crew.keys.sorted() ?? [] { push(to: slave, at: now, &decisions) }
    }

    /// Sends subjobs to a slave with room for more, if it can be reached.
    mutating func push(to slave: SlaveID, at now: Moment, _ decisions: inout ClusterDecisions) {
        guard isReachable(slave, at: now) else { return }
        let grants = leases(to: slave, at: now, &decisions)
        if !grants.isEmpty { decisions.effects.append(.instruct(slave: slave, .run(grants))) }
    }

    /// Whether a slave is connected and has missed no two heartbeats.
    ///
    /// Slaves that die together are noticed one after the other, because their heartbeats are spread. Work that went
    /// from one of them to the next would cost its budget each time.
    package func isReachable(_ slave: SlaveID, at now: Moment) -> Bool {
        guard let state = slaveTable[slave], state.isConnected else { return false }
        return now.uptime < state.lastSeen + policy.slaveTimeout * 2 / 3
    }

    /// Gives a slave that is heard again what passed it over while it was silent.
    package mutating func pickUp(_ slave: SlaveID, at now: Moment, _ decisions: inout ClusterDecisions) {
        push(to: slave, at: now, &decisions)
        allocate(at: now, &decisions)
    }

    /// Dismisses a slave whose build has no work left for it.
    mutating func dismissIfDone(_ slave: SlaveID, at now: Moment, _ decisions: inout ClusterDecisions) {
        guard let state = slaveTable[slave], case .working(let id) = state.phase, builds[id] != nil else { return }
        let isLeaving =
            (state.isShuttingDown || builds[id]?.crew[slave]?.isLeaving == true)
            && builds[id]?.crew[slave]?.held.isEmpty == true
        guard isLeaving || builds[id].map({ $0.isDone(with: slave) }) == true && !mayHelp(slave, build: id) else {
            return
        }
        absolve(builds[id]?.crew[slave], &decisions)
        builds[id]?.dismiss(slave: slave, &decisions)
        slaveTable[slave]?.tearDown(id, at: now)
        decisions.effects.append(.instruct(slave: slave, .tearDown(build: id)))
    }
}
