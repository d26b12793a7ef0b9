import ClusterRunnerDashboard
import ClusterRunnerDomain
import ClusterRunnerHTTP
import ClusterRunnerPlugin
import ClusterRunnerWire
import Hummingbird

/// The builds, and the pages of one build.
extension DashboardRoutes {
    var buildRoutes: [Route] {
        [
            Route(.get, "dashboard", access: .read, isVersioned: false, failure: refusal) { _ in
                .redirect(to: DashboardPath.builds, type: .normal)
            },
            page("dashboard/builds") { try await builds($0) },
            page("dashboard/builds/{build_id}") { try await build($0) },
            page("dashboard/builds/{build_id}/atoms") { try await atoms($0) },
            page("dashboard/builds/{build_id}/tests") { try await cases($0) },
            page("dashboard/cases/{case_id}") { request in
                let id: CaseID = try request.id("case_id")
                guard let history = try await store.caseHistory(id, limit: CaseHistoryPage.buildLimit) else {
                    throw ClusterRunnerError(.notFound, "Invalid case id: \(id).")
                }
                return CaseHistoryPage(history, slaves: await slaveNames, now: now)
            },
            page("dashboard/builds/{build_id}/setup") { request in
                let build = try await master.build(request)
                let running = master.liveCommands.commands(of: build.id).filter { !$0.hasEnded }
                let commands = try await store.commands(build: build.id)
                return SetupPage(
                    build,
                    live: await live(build),
                    commands: commands,
                    running: running,
                    slaves: await slaveNames,
                    now: now
                )
            },
        ]
    }

    /// Answers a browser that opened `/` with the list of builds.
    func start(_ request: RouteRequest) async throws -> Response {
        var response = Response.page(html(try await builds(request)))
        response.headers[.vary] = "Accept"
        return response
    }

    /// Makes the list of builds, which is also shown at `/` to clients that prefer a page.
    func builds(_ request: RouteRequest) async throws -> BuildsPage {
        let filter = BuildsFilter(request.fields)
        let found = try await store.builds(matching: filter.search)
        var live: [BuildID: BuildLive] = [:]
        if found.builds.contains(where: { !$0.state.isFinal }) {
            for build in await master.coordinator.liveBuilds {
                live[build.record.id] = BuildLive(waitingFor: build.waitingFor, outlook: build.outlook)
            }
        }
        return BuildsPage(found, live: live, filter: filter, now: now)
    }

    private func atoms(_ request: RouteRequest) async throws -> AtomsPage {
        let build = try await master.build(request)
        let filter = AtomsFilter(request.fields)
        let found = try await store.atoms(matching: filter.search(build: build.id))
        return AtomsPage(
            build,
            live: await live(build),
            found: found,
            filter: filter,
            slaves: await slaveNames,
            now: now
        )
    }

    private func cases(_ request: RouteRequest) async throws -> CasesPage {
        let build = try await master.build(request)
        let filter = CasesFilter(request.fields)
        return CasesPage(
            build,
            live: await live(build),
            counts: try await store.caseCounts(of: [build.id])[build.id] ?? CaseCounts(),
            found: try await store.cases(matching: filter.search(build: build.id)),
            filter: filter,
            now: now
        )
    }

    private func failedCases(of build: BuildID) async throws -> [CaseRecord] {
        let page = StorePage(limit: BuildPage.failureLimit)
        return try await store.cases(matching: CaseSearch(build: build, outcomes: [.failed, .error], page: page)).cases
    }

    private func build(_ request: RouteRequest) async throws -> BuildPage {
        let build = try await master.build(request)
        let limit = StorePage(limit: BuildPage.failureLimit)
        let failed = try await store.atoms(AtomQuery(build: build.id, outcome: .failed, withConsole: true, page: limit))
        let flaky = try await store.atoms(AtomQuery(build: build.id, outcome: .flaky, page: limit))
        let slaves = await slaveNames
        return BuildPage(
            build,
            live: await live(build),
            counts: try await store.caseCounts(of: [build.id])[build.id] ?? CaseCounts(),
            failedCases: try await failedCases(of: build.id),
            failures: failed.map { failure($0, slaves) },
            flaky: flaky,
            troubles: try await store.slaveFailures(build: build.id),
            requestParameters: BuildRepresentation.requestParameters(of: build),
            slaves: slaves,
            now: now
        )
    }

    /// Makes a failed atom with its last lines.
    private func failure(_ atom: AtomRecord, _ slaves: SlaveNames) -> BuildPage.Failure {
        // The files may be removed at this moment; then no lines are shown.
        guard let tail = try? tail(of: atom) else {
            return BuildPage.Failure(atom, tail: nil, isCut: false, slaves: slaves, now: now)
        }
        let text = String(decoding: tail.content.suffix(8 << 10), as: UTF8.self)
        let isCut = tail.count < tail.total || tail.content.count > 8 << 10
        return BuildPage.Failure(atom, tail: text, isCut: isCut, slaves: slaves, now: now)
    }

    private func tail(of atom: AtomRecord) throws -> ConsoleExcerpt? {
        switch master.folders.output(of: atom) {
        case .bytes(let bytes):
            ConsoleExcerpt(of: { [bytes] }, offset: nil, maxLines: BuildPage.tailLines)
        case .file(let path, let index, let isWhole):
            try IndexedConsole(path: path, index: index, isWhole: isWhole)
                .excerpt(offset: nil, maxLines: BuildPage.tailLines)
        case nil:
            nil
        }
    }
}
