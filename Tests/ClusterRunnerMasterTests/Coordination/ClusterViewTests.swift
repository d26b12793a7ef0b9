import ClusterRunnerArchive
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerScheduling
import ClusterRunnerStore
import ClusterRunnerTesting
import ClusterRunnerWire
import Testing

@testable import ClusterRunnerMaster

@Suite(.timeLimit(.minutes(10))) struct ClusterViewTests {
    private let clock = StepClock()
    private let coordinator: ClusterCoordinator
    private let timekeeper: Timekeeper

    init() throws {
        timekeeper = Timekeeper(clock: clock) { 1 }
        coordinator = ClusterCoordinator(
            cluster: Cluster(lastBuild: 0, lastSlave: 0, lastLease: 0),
            store: try SQLiteBuildStore.inMemory(),
            results: ResultsFolder(folders: MasterFolders(base: "/nonexistent"), archiver: LibArchiver()),
            consoles: ConsoleKeeper(folders: MasterFolders(base: "/nonexistent")),
            timekeeper: timekeeper,
            logger: .silent
        )
    }

    private func request() async throws -> BuildID {
        try await coordinator.request(type: "t", parameters: ProjectParameters([:]))
    }

    @Test func `Each state of a build is known to reads, though nobody asked`() async throws {
        let build = try await request()
        #expect(coordinator.view.builds[build]?.waitingFor == "its turn to be prepared")
        _ = try await coordinator.preparationStarts(build: build)
        #expect(coordinator.view.builds[build]?.record.state == .preparing)
        _ = try await coordinator.cancel(build: build)
        #expect(coordinator.view.builds[build] == nil)
    }

    @Test func `A slave that is gone is known to reads, though nobody asked`() async throws {
        let registration = SlaveRegistration(slave: "h:1", numExecutors: 1, sessionID: "s")
        let slave = try await coordinator.register(registration, token: "t").slaveID
        try await coordinator.left(slave: slave)
        async let slaves = coordinator.view.slaves(timekeeper)
        #expect(await clock.step() == ClusterView.patience)
        #expect(await slaves?.map(\.isAlive) == [false])
    }

    @Test func `A busy coordinator answers with its next decision`() async throws {
        let build = try await request()
        // No coordinator reads the questions, as if it were busy, and the clock stands still.
        async let live = coordinator.view.build(build, timekeeper)
        var questions = coordinator.view.questions.makeAsyncIterator()
        await questions.next()
        _ = try await coordinator.register(SlaveRegistration(slave: "h:1", numExecutors: 1, sessionID: "s"), token: "t")
        #expect(await live?.record.id == build)
    }

    @Test func `A coordinator that has nothing to decide answers as well`() async throws {
        let build = try await request()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await coordinator.answerReads() }
            #expect(await coordinator.view.build(build, timekeeper)?.record.id == build)
            #expect(await coordinator.view.slaves(timekeeper)?.isEmpty == true)
            #expect(await coordinator.view.build(BuildID(build.rawValue + 1), timekeeper) == nil)
            group.cancelAll()
        }
    }

    @Test func `Reads wait for a busy coordinator no longer than they should`() async throws {
        let build = try await request()
        async let live = coordinator.view.build(build, timekeeper)
        #expect(await clock.step() == ClusterView.patience)
        #expect(await live?.waitingFor == "its turn to be prepared")
        async let slaves = coordinator.view.slaves(timekeeper)
        #expect(await clock.step() == ClusterView.patience)
        #expect(await slaves == nil)
    }

    @Test func `A build is known as it is stored, to its end`() async throws {
        let build = try await request()
        #expect(coordinator.view.records[build]?.state == .queued)
        _ = try await coordinator.preparationStarts(build: build)
        #expect(coordinator.view.records[build]?.state == .preparing)
        _ = try await coordinator.cancel(build: build)
        #expect(coordinator.view.records[build] == nil)
    }

    @Test func `Whom the end of a build wakes finds it ended`() async throws {
        let stale = await withTaskGroup(of: [BuildID].self) { [coordinator] group in
            group.addTask {
                var stale: [BuildID] = []
                await coordinator.performEffects { effect in
                    guard case .release(let build) = effect, coordinator.view.records[build] != nil else { return }
                    stale.append(build)
                }
                return stale
            }
            for _ in 0..<200 {
                guard let build = try? await request() else { break }
                // In either order of their ends, nothing of the build must stay.
                async let start = coordinator.preparationStarts(build: build)
                async let end = coordinator.cancel(build: build)
                _ = try? await (start, end)
                #expect(coordinator.view.records[build] == nil)
            }
            coordinator.stop()
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(stale == [])
    }

    @Test func `In a rush reads take what is known, and wait only for what is not or is too old`() async throws {
        // No coordinator reads the questions, so a reader that waits does so for a clock that stands still.
        let build = try await request()
        try await rush()
        #expect(await coordinator.view.build(build, timekeeper)?.record.id == build)
        #expect(coordinator.view.builds.asked == [])

        try await pass(ClusterView.freshness + .milliseconds(1))
        try await rush()
        #expect(await coordinator.view.build(build, timekeeper)?.record.id == build)
        #expect(coordinator.view.builds.asked == [build])
        _ = try await request()
        #expect(coordinator.view.builds.asked == [])

        try await pass(ClusterView.contentment + .milliseconds(1))
        try await rush()
        async let live = coordinator.view.build(build, timekeeper)
        #expect(await clock.step() == ClusterView.patience)
        #expect(await live?.record.id == build)
    }

    /// Makes many decisions at once.
    private func rush() async throws {
        for _ in 0..<DecisionRate.count { _ = try await request() }
    }

    /// Lets time pass.
    private func pass(_ duration: Duration) async throws {
        async let sleep: Void = timekeeper.sleep(for: duration)
        #expect(await clock.step() == duration)
        try await sleep
    }
}
