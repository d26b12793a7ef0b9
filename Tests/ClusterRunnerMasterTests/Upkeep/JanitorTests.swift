import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerStore
import ClusterRunnerTesting
import ClusterRunnerWire
import Foundation
import NIOCore
import Testing

@testable import ClusterRunnerMaster

@Suite(.timeLimit(.minutes(10))) struct JanitorTests {
    private static let day = 86_400.0
    private let wrong = WrongClock()

    /// The error of the wall clock in days.
    private final class WrongClock: Sendable {
        let days = Lock(0.0)
        func set(_ days: Double) { self.days.withLock { $0 = days } }
    }

    /// A janitor, its builds, and its clock.
    private struct Scene: Sendable {
        let store: SQLiteBuildStore
        let folders: MasterFolders
        let finished: FinishedAnswers
        let clock: StepClock
        let janitor: Janitor

        /// Adds a build with results; `day` is the day of its end or of its begin.
        func add(_ id: BuildID, _ state: BuildState = .finished, day: Double = 0) async throws {
            let record = BuildRecord(
                id: id,
                projectType: "directory",
                parameters: ProjectParameters([:]),
                state: state,
                timestamps: [state: day * JanitorTests.day]
            )
            try await store.enqueue([.build(record)]).durable()
            try addResults(of: id)
        }

        func addResults(of build: BuildID) throws {
            let folder = folders.artifacts(build: build, subjob: 0, atom: 0)
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try "log".write(toFile: "\(folder)/log", atomically: true, encoding: .utf8)
        }

        /// Returns the builds with results, which are the builds with records.
        func left() async throws -> [BuildID] {
            let results = folders.resultNumbers.sorted()
            #expect(try await store.builds(BuildQuery()).map(\.id) == results)
            return results
        }
    }

    /// Runs a body with a scene that begins at day 100; its wall clock is right.
    private func withScene(_ retention: Retention, _ body: (Scene) async throws -> Void) async throws {
        try await withScratchDirectory { directory in
            let store = try SQLiteBuildStore.inMemory()
            let folders = MasterFolders(base: directory)
            try folders.prepare()
            let clock = StepClock()
            let start = clock.now
            let timekeeper = Timekeeper(clock: clock) {
                (100 + wrong.days.withLock { $0 }) * Self.day + start.duration(to: clock.now).inSeconds
            }
            let finished = FinishedAnswers()
            let janitor = Janitor(
                removal: BuildRemoval(
                    store: store,
                    folders: folders,
                    consoles: ConsoleKeeper(folders: folders),
                    finished: finished
                ),
                retention: retention,
                timekeeper: timekeeper,
                logger: .silent
            )
            try await body(Scene(store: store, folders: folders, finished: finished, clock: clock, janitor: janitor))
        }
    }

    @Test func `Builds that ended too long ago go, with their results`() async throws {
        try await withScene(Retention(days: 30)) { scene in
            try await scene.add(1, .finished, day: 69.9)
            try await scene.add(2, .error, day: 60)
            try await scene.add(3, .canceled, day: 70.1)
            try await scene.add(4, .canceled, day: 1)
            try await scene.add(5, .building, day: 1)
            #expect(try await scene.janitor.tidy() == [1, 2, 4])
            #expect(try await scene.left() == [3, 5])
            #expect(try await scene.janitor.tidy() == [])
        }
    }

    @Test func `An answer about a build goes with it`() async throws {
        try await withScene(Retention(builds: 1)) { scene in
            try await scene.add(1)
            try await scene.add(2)
            for build: BuildID in [1, 2] {
                let ticket = scene.finished.answer(about: build, .v1).ticket
                scene.finished.keep(ByteBuffer(string: "{}"), about: build, .v1, ticket)
            }
            #expect(try await scene.janitor.tidy() == [1])
            #expect(scene.finished.answer(about: 1, .v1).bytes == nil)
            #expect(scene.finished.answer(about: 2, .v1).bytes != nil)
        }
    }

    @Test func `A clock that jumps ahead makes no build old, and one that jumps back keeps it`() async throws {
        try await withScene(Retention(days: 1)) { scene in
            try await scene.add(1, day: 98.5)
            try await scene.add(2, day: 99.5)
            wrong.set(3)
            #expect(try await scene.janitor.tidy() == [1])
            try await scene.add(3, day: 98.5)
            wrong.set(-3)
            #expect(try await scene.janitor.tidy() == [])
            wrong.set(0)
            #expect(try await scene.janitor.tidy() == [3])
            #expect(try await scene.left() == [2])
        }
    }

    @Test func `The newest builds are kept, and those that are not finished do not count`() async throws {
        try await withScene(Retention(builds: 2)) { scene in
            for id: BuildID in [1, 2, 3, 4] { try await scene.add(id, day: 99) }
            let unfinished: [(BuildID, BuildState)] = [(5, .queued), (6, .preparing), (7, .prepared), (8, .building)]
            for (id, state) in unfinished {
                try await scene.add(id, state, day: 1)
            }
            #expect(try await scene.janitor.tidy() == [1, 2])
            #expect(try await scene.left() == [3, 4, 5, 6, 7, 8])
        }
    }

    @Test func `With both limits each build goes once, for whichever reason`() async throws {
        try await withScene(Retention(days: 30, builds: 2)) { scene in
            try await scene.add(1, day: 1)
            try await scene.add(2, day: 99)
            try await scene.add(3, day: 1)
            try await scene.add(4, day: 99)
            #expect(try await scene.janitor.tidy() == [1, 2, 3])
            #expect(try await scene.left() == [4])
        }
    }

    @Test func `Without limits everything is kept, and with none nothing`() async throws {
        try await withScene(Retention()) { scene in
            try await scene.add(1, day: 0)
            #expect(try await scene.janitor.tidy() == [])
            #expect(try await scene.left() == [1])
        }
        try await withScene(Retention(builds: 0)) { scene in
            try await scene.add(1, day: 99)
            #expect(try await scene.janitor.tidy() == [1])
            #expect(try await scene.left() == [])
        }
    }

    @Test(arguments: [Retention(days: 30), Retention(builds: 1)])
    func `More builds than are looked at at once go, too`(retention: Retention) async throws {
        try await withScene(retention) { scene in
            let expired = (1...250).map(BuildID.init(rawValue:))
            for id in expired { try await scene.add(id, day: 1) }
            try await scene.add(251, day: 99)
            #expect(try await scene.janitor.tidy().sorted() == expired)
            #expect(try await scene.left() == [251])
        }
    }
}

// MARK: When

extension JanitorTests {
    /// Waits until only these builds have results and records.
    private func settle(_ scene: Scene, _ builds: [BuildID]) async throws {
        while scene.folders.resultNumbers.sorted() != builds { await Task.yield() }
        #expect(try await scene.left() == builds)
    }

    /// Runs the janitor during `body`.
    private func running(_ scene: Scene, _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await scene.janitor.run() }
            defer { group.cancelAll() }
            try await body()
        }
    }

    @Test func `At the start old builds go, and results of builds that nobody knows`() async throws {
        try await withScene(Retention(days: 30)) { scene in
            try await scene.add(1, day: 1)
            try await scene.add(2, day: 99)
            try scene.addResults(of: 7)
            try await running(scene) { try await settle(scene, [2]) }
        }
    }

    @Test func `When a build has ended, the one that is too many goes`() async throws {
        try await withScene(Retention(builds: 1)) { scene in
            try await scene.add(1, day: 99)
            try await running(scene) {
                try await scene.add(2, day: 99)
                scene.janitor.wake()
                try await settle(scene, [2])
            }
        }
    }

    @Test func `Every hour builds go that have become too old`() async throws {
        try await withScene(Retention(days: 1)) { scene in
            try await scene.add(1, day: 100)
            try await scene.add(2, day: 100.5)
            try await running(scene) {
                for _ in 1...24 {
                    #expect(await scene.clock.step() == .seconds(3600))
                    #expect(try await scene.left() == [1, 2])
                }
                #expect(await scene.clock.step() == .seconds(3600))
                try await settle(scene, [2])
            }
        }
    }
}
