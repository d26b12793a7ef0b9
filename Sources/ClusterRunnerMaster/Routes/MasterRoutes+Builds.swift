import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerHTTP
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerWire
import Hummingbird
import Logging

/// Builds: list, create, show, cancel, delete.
extension MasterRoutes {
    var buildRoutes: [Route] {
        [
            .get("build", childRoutes: ["build": "/v1/build/[build_id]"]) { request in
                let builds = try await representations(BuildQuery(page: request.page()), request.version)
                return try request.respond(BuildsAnswer(builds))
            },
            Route(.post, "build", access: .documented, body: .json) { try await createBuild($0) },
            .get("build/{build_id}", childRoutes: Self.buildChildRoutes) { request in
                try await waitIfAsked(request)
                return try await showBuild(request)
            },
            .get("build/{build_id}/setup", childRoutes: ["stream": "/v1/build/[build_id]/setup/stream"]) { request in
                let build = try await build(request)
                // Running commands first: a command that ends in between is in both lists rather than in neither.
                let running = liveCommands.commands(of: build.id).filter { !$0.hasEnded }
                let ended = try await store.commands(build: build.id)
                let now = timekeeper.now.wall
                return try request.respond(SetupRepresentation(ended, running: running, now: now))
            },
            .get("build/{build_id}/setup/stream") { try await followSetup($0) },
            Route(.put, "build/{build_id}", access: .documented, body: .json) { try await changeBuild($0) },
            Route(.delete, "build/{build_id}", access: .change) { try await deleteBuild($0) },
        ]
    }

    /// Streams the set-ups and teardowns of a build while they run, until no more can begin.
    private func followSetup(_ request: RouteRequest) async throws -> Response {
        let build = try await build(request).id
        return .serverSentEvents(to: request, events.readers, timekeeper) {
            SetupFrames(wakeups: consoleSignal.listen(), timekeeper: timekeeper) { try await setupLook(at: build) }
        } next: { frames in
            try await frames.next()
        }
    }

    private func setupLook(at build: BuildID) async throws -> SetupFrames.Look {
        let live = liveCommands.commands(of: build)
        let isTornDown = await coordinator.slaves.allSatisfy { $0.build != build }
        let record = try await store.build(build)
        let isOver = isTornDown && live.allSatisfy(\.hasEnded) && record?.state.isFinal ?? true
        return SetupFrames.Look(live: live, stored: try await store.commands(build: build), isOver: isOver)
    }

    static let buildChildRoutes = [
        "result": "/v1/build/[build_id]/result", "artifacts.tar.gz": "/v1/build/[build_id]/artifacts.tar.gz",
        "artifacts.zip": "/v1/build/[build_id]/artifacts.zip", "subjobs": "/v1/build/[build_id]/subjob",
        "cases": "/v1/build/[build_id]/case", "setup": "/v1/build/[build_id]/setup",
        "timeline": "/v1/build/[build_id]/timeline",
    ]

    private func showBuild(_ request: RouteRequest) async throws -> Response {
        let (known, ticket) = finished.answer(about: try request.id("build_id"), request.version)
        if let known { return .json(body: known) }
        let build = try await build(request)
        let body = try request.body(BuildAnswer(try await representation(of: build, request.version)))
        if build.state.isFinal { finished.keep(body, about: build.id, request.version, ticket) }
        return .json(body: body)
    }

    /// Waits until the build has ended or the time in `wait=SECONDS` is over.
    private func waitIfAsked(_ request: RouteRequest) async throws {
        guard let text = request.query("wait") else { return }
        guard let seconds = Double(text), (0...60).contains(seconds) else {
            throw ClusterRunnerError(.invalidArgument, "\"wait\" must be 0 to 60 seconds, not \"\(text)\".")
        }
        let id: BuildID = try request.id("build_id")
        try await endings.wait(for: id, atMost: .seconds(seconds), timekeeper) {
            try await build(request).state.isFinal
        }
    }

    private func createBuild(_ request: RouteRequest) async throws -> Response {
        var fields = try JSONCoding.decodeObject(from: request.body)
        let joins = try Self.joins(fields.removeValue(forKey: "join"))
        let requester = try Self.requester(fields.removeValue(forKey: "requester"))
        let (type, parameters) = try await projectTypes.validate(fields)
        try await check(parameters, of: type)
        let (id, joined) = try await coordinator.request(
            type: type.name,
            parameters: parameters,
            requester: requester,
            joins: joins
        ) { unfinished in
            try admission.checkBuild(unfinished: unfinished, obstacle: store.obstacle)
        }
        return try request.respond(BuildCreatedAnswer(id, joined: joined), status: .accepted)
    }

    /// The maximum length of the name of a requester.
    private static let longestRequester = 200

    /// Reads the user and machine that a client tells.
    static func requester(_ value: JSONValue?) throws -> String? {
        switch value {
        case nil, .null?: return nil
        case .string(let text)?:
            guard text.utf8.count <= longestRequester else {
                throw ClusterRunnerError(
                    .invalidArgument,
                    "\"requester\" can have \(longestRequester) bytes, not \(text.utf8.count)."
                )
            }
            return text.isEmpty ? nil : text
        case let other?:
            throw ClusterRunnerError(.invalidArgument, "\"requester\" must be a string, not \(other.kindName).")
        }
    }

    private static func joins(_ value: JSONValue?) throws -> Bool {
        switch value {
        case nil, .null?: return false
        case .bool(let joins)?: return joins
        case let other?:
            throw ClusterRunnerError(.invalidArgument, "\"join\" must be true or false, not \(other.kindName).")
        }
    }

    /// Checks a request as far as that is possible without the project.
    private func check(_ parameters: ProjectParameters, of type: RegisteredProjectType) async throws {
        let context = ProjectContext(storageDirectory: folders.projects, role: .master, logger: logger)
        _ = try await type.makeProject(parameters, context: context)
        if let config = parameters.values["config"] {
            _ = try JobFile.inline(config, jobName: parameters.jobName)
        }
        if let overrides = parameters.atomsOverride { _ = try Atom.parse(overrides: overrides) }
        _ = try AtomChoice(parameters)
        for file in parameters.remoteFiles { _ = try file.path(in: ByteString(folders.base)) }
    }

    private func deleteBuild(_ request: RouteRequest) async throws -> Response {
        let build = try await build(request)
        guard build.state.isFinal else {
            throw ClusterRunnerError(
                .invalidState,
                "Build \(build.id) has not ended; it can be deleted when it has, or has been canceled."
            )
        }
        try await removal.remove(build.id)
        logger.notice("Build \(build.id) was deleted by a request from \(request.connection.address).")
        return try request.respond(MessageAnswer("Build \(build.id) is deleted."))
    }

    private func changeBuild(_ request: RouteRequest) async throws -> Response {
        let fields = try JSONCoding.decodeObject(from: request.body)
        guard let status = fields["status"], fields.count == 1 else {
            let key = fields.keys.sorted().first { $0 != "status" } ?? ""
            throw ClusterRunnerError(
                .invalidArgument,
                "Key (\(key)) is not in list of allowed keys (status)"
            )
        }
        guard status == "canceled" else {
            let value = status.string ?? status.kindName
            throw ClusterRunnerError(
                .invalidArgument,
                "Value (\(value)) is not in list of allowed values (['canceled']) for status"
            )
        }
        let build = try await build(request)
        let wasRunning = try await coordinator.cancel(build: build.id)
        let sentence =
            switch (wasRunning, build.state.isFinal) {
            case (true, false): "Build \(build.id) is canceled."
            case (true, true): "Build \(build.id) had ended before; its teardowns are being ended."
            case (false, _): "Build \(build.id) had ended before."
            }
        return try request.respond(MessageAnswer(sentence))
    }
}
