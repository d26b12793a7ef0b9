import ClusterRunnerArchive
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerScheduling
import ClusterRunnerStore
import ClusterRunnerTesting
import ClusterRunnerWire
import Foundation
import Testing

@testable import ClusterRunnerMaster

@Suite(.timeLimit(.minutes(10))) struct ClusterCoordinatorTests {
    private let store: SQLiteBuildStore
    private let clock = StepClock()

    init() throws {
        store = try SQLiteBuildStore.inMemory()
    }

    private func makeCoordinator(
        _ directory: String = "/nonexistent",
        on store: (any BuildStore)? = nil
    ) -> ClusterCoordinator {
        makeCoordinator(MasterFolders(base: directory), on: store)
    }

    private func makeCoordinator(_ folders: MasterFolders, on store: (any BuildStore)? = nil) -> ClusterCoordinator {
        ClusterCoordinator(
            cluster: Cluster(lastBuild: 0, lastSlave: 0, lastLease: 0),
            store: store ?? self.store,
            results: ResultsFolder(folders: folders, archiver: LibArchiver()),
            consoles: ConsoleKeeper(folders: folders),
            timekeeper: Timekeeper(clock: clock) { 1 },
            logger: .silent
        )
    }

    private let registration = SlaveRegistration(slave: "h:1", numExecutors: 1, sessionID: "s")

    /// Brings a build to the point where slave 1 holds its only atom under lease 1.
    private func grantLeases(_ coordinator: ClusterCoordinator) async throws {
        let build = try await coordinator.request(type: "t", parameters: ProjectParameters([:]))
        _ = try await coordinator.preparationStarts(build: build)
        let atom = PlannedAtom(atom: Atom(variable: "A", value: "1"), expectedTime: nil)
        let plan = BuildPlan(
            projectID: "p",
            job: Job(name: "J", command: "true", atomizers: []),
            slaveParameters: ProjectParameters([:]),
            subjobs: [PlannedSubjob(atoms: [atom], expectedTime: nil)]
        )
        try await coordinator.prepared(build: build, plan: plan)
        let slave = try await coordinator.register(registration, token: "t").slaveID
        try await coordinator.connected(slave: slave)
        try await coordinator.setupFinished(slave: slave, SetupReport(build: build, failure: nil))
    }

    private func report(console: AtomResult.Console = .inline([]), upload: String? = nil) -> ResultsReport {
        let result = AtomResult(exitCode: 0, seconds: 1, console: console, hasArtifacts: upload != nil)
        let atom = AtomReport(lease: 1, subjob: 0, atom: 0, executor: 0, result: result)
        return ResultsReport(build: 1, upload: upload, reports: [atom])
    }

    @Test func `What is acknowledged is in the store`() async throws {
        let coordinator = makeCoordinator()
        try await grantLeases(coordinator)
        #expect(try await store.counter(.build) == 1)
        #expect(try await store.counter(.slave) == 1)
        #expect(try await store.counter(.lease) >= 1)
        #expect(try await coordinator.results(slave: 1, report()).refused.isEmpty)
        #expect(try await store.atom(build: 1, subjob: 0, id: 0)?.result?.exitCode == 0)
        #expect(try await store.build(1)?.state == .finished)
        #expect(await coordinator.build(1) == nil)
    }

    @Test func `What the store does not take is not acknowledged`() async throws {
        let coordinator = makeCoordinator()
        try await grantLeases(coordinator)
        try store.close()
        await #expect(throws: ClusterRunnerError.self) { try await coordinator.results(slave: 1, report()) }
        await #expect(throws: ClusterRunnerError.self) {
            try await coordinator.request(type: "t", parameters: ProjectParameters([:]))
        }
    }

    @Test func `A build whose leases were not stored ends`() async throws {
        let coordinator = makeCoordinator()
        try await grantLeases(coordinator)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await coordinator.performEffects { _ in } }
            try store.close()
            // Only the subjob and its atom change.
            await #expect(throws: ClusterRunnerError.self) { try await coordinator.left(slave: 1) }
            while await coordinator.build(1) != nil { await Task.yield() }
            coordinator.stop()
        }
    }

    @Test func `Of requests at once, no more are accepted than the limit allows`() async throws {
        let coordinator = makeCoordinator()
        let accepted = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    let id = try? await coordinator.request(type: "t", parameters: ProjectParameters([:])) {
                        if $0 >= 3 { throw ClusterRunnerError(.unavailable, "full") }
                    }
                    return id != nil
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(accepted == 3)
    }

    @Test func `While the disk is full nothing is acknowledged or done, and then everything is`() async throws {
        let held = HeldStore(store)
        let coordinator = makeCoordinator(on: held)
        let (effects, continuation) = AsyncStream<ClusterEffect>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await coordinator.performEffects { continuation.yield($0) } }
            group.addTask { _ = try await coordinator.request(type: "t", parameters: .init([:])) }
            while await coordinator.unfinishedBuilds == 0 { await Task.yield() }
            let before = try await store.build(1)
            #expect(before == nil)
            held.release()
            var iterator = effects.makeAsyncIterator()
            #expect(await iterator.next() == .eventsStored)
            let after = try await store.build(1)
            #expect(after?.state == .queued)
            coordinator.stop()
        }
    }

    @Test func `Decisions are made while the files of an earlier attempt are still being removed`() async throws {
        try await withScratchDirectory { directory in
            let mayRemove = DispatchSemaphore(value: 0)
            let trash = Trash(directory: "\(directory)/trash") { path, isInterrupted in
                mayRemove.wait()
                return removeTree(path, isInterrupted: isInterrupted)
            }
            let folders = MasterFolders(base: directory, trash: trash)
            try folders.prepare()
            let coordinator = makeCoordinator(folders)
            try await grantLeases(coordinator)
            let earlier = folders.artifacts(build: 1, subjob: 0, atom: 0)
            try folders.create("\(earlier)/earlier")
            try folders.create("\(folders.upload(slave: 1, name: "u").extracted)/artifact_0_0/later")

            #expect(try await coordinator.results(slave: 1, report(upload: "u")).refused.isEmpty)
            #expect(access("\(earlier)/later", F_OK) == 0)
            for build in 2...100 {
                #expect(try await coordinator.request(type: "t", parameters: ProjectParameters([:])) == BuildID(build))
            }
            // None of them removed anything: all of it is in the trash.
            let entries = try FileManager.default.contentsOfDirectory(atPath: "\(directory)/trash")
            #expect(entries.contains { access("\(directory)/trash/\($0)/earlier", F_OK) == 0 })
            for _ in entries { mayRemove.signal() }
            await trash.emptied()
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(directory)/trash").isEmpty)
        }
    }

    @Test func `A sign of life is answered while the disk is full, whatever it says`() async throws {
        let coordinator = makeCoordinator(on: HeldStore(store))
        await withThrowingTaskGroup(of: Void.self) { [registration] group in
            group.addTask { _ = try await coordinator.register(registration, token: "t") }
            while await coordinator.slaves.isEmpty { await Task.yield() }
            let lost = try? await coordinator.heartbeat(from: 1, SlaveHeartbeat(build: 7, leases: [3]))
            #expect(lost == [3])
            group.cancelAll()
        }
    }

    @Test func `A master that is ended while the disk is full ends no build for that`() async throws {
        let held = HeldStore(store)
        let coordinator = makeCoordinator(on: held)
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await coordinator.performEffects { _ in Issue.record("An effect before its changes.") } }
            group.addTask { _ = try await coordinator.request(type: "t", parameters: .init([:])) }
            while await coordinator.unfinishedBuilds == 0 { await Task.yield() }
            group.cancelAll()
            while await group.nextResult() != nil {}
        }
        #expect(await coordinator.build(1)?.state == .queued)
    }

    @Test func `Effects come in the order of the decisions, each once its changes are durable`() async throws {
        let coordinator = makeCoordinator()
        try await grantLeases(coordinator)
        _ = try await coordinator.results(slave: 1, report())
        coordinator.stop()
        let effects = Lock<[String]>([])
        await coordinator.performEffects { effect in
            let name =
                switch effect {
                case .prepare: "prepare"
                case .restore: "restore"
                case .release: "release"
                case .instruct(_, .setUp): "set up"
                case .instruct(_, .run): "run"
                case .instruct(_, .tearDown): "tear down"
                case .instruct: "other"
                case .disconnect: "disconnect"
                case .eventsStored: ""
                }
            if !name.isEmpty { effects.withLock { $0.append(name) } }
        }
        #expect(effects.withLock { $0 } == ["prepare", "set up", "run", "tear down", "release"])
    }

    @Test func `An atom whose files did not come has not failed, and is to be run again`() async throws {
        try await withScratchDirectory { directory in
            let coordinator = makeCoordinator(directory)
            try await grantLeases(coordinator)
            _ = try await coordinator.results(slave: 1, report(console: .file))
            #expect(try await store.atom(build: 1, subjob: 0, id: 0)?.result == nil)
            let attempt = try #require(try await store.attempts(build: 1, subjobs: 0...0, withConsole: true).first)
            #expect(attempt.isObstructed)
            #expect(attempt.result.cause?.hasPrefix("Its files did not reach the master: ") == true)
            #expect(attempt.result.console == .inline([]))
        }
    }

    @Test func `A slave that stays silent is given up when its time is over`() async throws {
        let coordinator = makeCoordinator()
        try await grantLeases(coordinator)
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await coordinator.watchSlaves() }
            #expect(await clock.step() == .seconds(10))
            // The watch sleeps again only after the decision.
            await clock.step()
            #expect(await coordinator.slaves.map(\.isAlive) == [false])
            #expect(await coordinator.heard(from: 1) == false)
            group.cancelAll()
        }
        let error = await #expect(throws: ClusterRunnerError.self) {
            _ = try await coordinator.results(slave: 1, report())
        }
        #expect(error?.code == .sessionExpired)
    }
}
