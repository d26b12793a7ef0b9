import ClusterRunnerConcurrency
import ClusterRunnerDashboard
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerHTTP
import ClusterRunnerPlugin
import ClusterRunnerWire
import Logging

/// The routes of a master's API.
///
/// Stateless: each handler decodes, asks the coordinator or the store, and encodes.
struct MasterRoutes: Sendable {
    let settings: MasterSettings
    let store: any BuildStore
    let archiver: any Archiver
    let projectTypes: ProjectTypeRegistry
    let coordinator: ClusterCoordinator
    let outlets: InstructionOutlets
    let projects: PreparedProjects
    let folders: MasterFolders
    let results: ResultsFolder
    let admission: Admission
    let events: EventStream
    /// The running set-ups and teardowns.
    let liveCommands: LiveCommands
    /// Wakes readers that follow the output of an atom.
    let consoleSignal: EventSignal
    let finished: FinishedAnswers
    let removal: BuildRemoval
    let readSessions: ReadSessions
    let logins: LoginAttempts
    let tokens: SlaveTokens
    /// The semaphore for bytes of reported results, which need thirty times as much memory until they are stored.
    let reports = WeightedSemaphore(limit: 1 << 18)
    let endings: BuildEndings
    /// Fires when the master was told to end.
    let ending: OneShotSignal
    let metrics: MasterMetrics
    let timekeeper: Timekeeper
    let dashboard: Dashboard
    let logger: Logger

    /// All routes.
    var all: [Route] {
        serviceRoutes + buildRoutes + retryRoutes + subjobRoutes + caseRoutes + consoleRoutes + artifactRoutes
            + eventRoutes
            + historyRoutes + slaveRoutes + slaveProtocolRoutes
            + DashboardRoutes(master: self, dashboard: dashboard).all
    }

    /// A build as it is stored.
    func build(_ request: RouteRequest) async throws -> BuildRecord {
        let id: BuildID = try request.id("build_id")
        if let build = coordinator.view.records[id] { return build }
        guard let build = try await store.build(id) else {
            throw ClusterRunnerError(.notFound, "Invalid build id: \(id).")
        }
        return build
    }

    /// A build with its failed atoms, or with what it waits for, as the API shows it.
    func representation(of build: BuildRecord, _ version: APIVersion) async throws -> BuildRepresentation {
        let form = BuildRepresentation.Form(version: version, v1Status: settings.v1BuildStatus)
        let cases = try await store.caseCounts(of: [build.id])[build.id] ?? CaseCounts()
        guard build.state.isFinal else {
            let live = await outlook(of: build.id)
            return BuildRepresentation(
                build,
                form,
                cases: cases,
                failedAtoms: [],
                waitingFor: live.waitingFor,
                outlook: live.outlook,
                running: live.running
            )
        }
        return BuildRepresentation(
            build,
            form,
            cases: cases,
            failedAtoms: try await store.atoms(of: build, .failed),
            flakyAtoms: try await store.atoms(of: build, .flaky)
        )
    }

    /// Returns what is known of an unfinished build beyond its record.
    func outlook(of build: BuildID) async -> BuildNews {
        let live = await coordinator.view.build(build, timekeeper)
        var news = BuildNews(
            waitingFor: live?.waitingFor,
            hindrance: live?.hindrance,
            outlook: live?.outlook,
            running: live?.running ?? []
        )
        // Do not show decisions that are not stored.
        if let obstacle = store.obstacle {
            news.waitingFor = "the master's database: \(obstacle.message)"
            news.hindrance = news.waitingFor
        }
        return news
    }

    /// Returns all slaves, at most a moment old.
    func slaves() async -> [SlaveStatus] {
        if let slaves = await coordinator.view.slaves(timekeeper) { return slaves }
        return await coordinator.slaves
    }

    /// Returns the cluster in numbers, at most a moment old.
    func tally() async -> ClusterTally {
        if let tally = await coordinator.view.tally(timekeeper) { return tally }
        return await coordinator.tally
    }

    /// Makes the API's form of builds.
    func representations(_ query: BuildQuery, _ version: APIVersion) async throws -> [BuildRepresentation] {
        var builds: [BuildRepresentation] = []
        for build in try await store.builds(query) { builds.append(try await representation(of: build, version)) }
        return builds
    }
}

/// The knowledge about an unfinished build beyond its record.
struct BuildNews: Sendable {
    /// The reason for waiting, in words.
    var waitingFor: String?
    /// The part of the reason that is no running atom.
    var hindrance: String?
    /// The remaining facts.
    let outlook: BuildOutlook?
    /// The atoms that have run longest.
    let running: [AtomInProgress]
}

extension BuildStore {
    /// Reads the failed or the flaky atoms of a build, as far as its record says that there are any.
    func atoms(of build: BuildRecord, _ outcome: AtomQuery.Outcome) async throws -> [AtomRecord] {
        let count = outcome == .failed ? build.progress.failedAtoms : build.progress.flakyAtoms
        return count == 0 ? [] : try await atoms(AtomQuery(build: build.id, outcome: outcome))
    }
}
