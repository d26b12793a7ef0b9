import ClusterRunnerDomain
import ClusterRunnerPlugin

/// The trace of one build while it grows.
struct BuildTrace: Sendable {
    private struct SubjobTimes {
        var start: Double
        var end: Double
        var hasFailed = false
    }

    private let trace: TraceID
    private let id: BuildID
    private var job: String
    private var subjobs: [SubjobID: SubjobTimes] = [:]
    /// The starts of the running set-ups.
    private var setups: [SlaveID: Double] = [:]
    private var hasEnded = false

    init(_ build: BuildRecord) {
        trace = TraceID(of: build)
        id = build.id
        job = build.jobName ?? ""
    }

    /// Takes what has become known of the build.
    mutating func update(_ build: BuildRecord) {
        if let name = build.jobName { job = name }
    }

    private func span(
        _ id: SpanID,
        _ parent: SpanID?,
        _ name: String,
        _ times: (start: Double, end: Double),
        _ attributes: [String: JSONValue],
        failure: String? = nil
    ) -> Span {
        Span(
            trace: trace,
            id: id,
            parent: parent,
            name: String(name.prefix(Self.nameLimit)),
            start: times.start,
            end: times.end,
            attributes: attributes,
            failure: failure.map { String($0.prefix(Self.failureLimit)) }
        )
    }

    /// The longest name of a span, in characters.
    private static let nameLimit = 256
    /// The longest reason of a failure, in characters.
    private static let failureLimit = 1_024
}

// MARK: The build

extension BuildTrace {
    /// The spans of a build that has ended, and of the states that it was in; none the second time.
    mutating func end(_ build: BuildRecord, _ masterURL: String) -> [Span] {
        guard !hasEnded, let end = build.timestamps[build.state] else { return [] }
        hasEnded = true
        subjobs = [:]
        setups = [:]
        let start = build.timestamps[.queued] ?? end
        let root = SpanID.build(trace)
        var attributes: [String: JSONValue] = [
            "cicd.pipeline.action.name": "RUN", "cicd.pipeline.name": .string(job),
            "cicd.pipeline.run.id": .string(String(id)), "cicd.pipeline.result": .string(Self.result(of: build)),
            "cicd.pipeline.run.url.full": .string("\(masterURL)/dashboard/builds/\(id)"),
            "clusterrunner.project.type": .string(build.projectType),
            "clusterrunner.atoms.failed": .integer(build.progress.failedAtoms),
        ]
        attributes["clusterrunner.atoms"] = build.progress.atoms.map(JSONValue.integer)
        let failure = build.result == .noFailures ? nil : build.errorMessage ?? Self.failure(of: build)
        return stateSpans(of: build, until: end)
            + [span(root, nil, "RUN \(job)", (start, end), attributes, failure: failure)]
    }

    private func stateSpans(of build: BuildRecord, until end: Double) -> [Span] {
        let passing = BuildState.allCases.filter { !$0.isFinal && build.timestamps[$0] != nil }
        return passing.enumerated().compactMap { index, state in
            guard let start = build.timestamps[state] else { return nil }
            let next = index + 1 < passing.count ? build.timestamps[passing[index + 1]] : nil
            let attributes = task(Self.names[state] ?? "", state.rawValue)
            let id = SpanID.state(state, trace)
            return span(id, .build(trace), Self.names[state] ?? "", (start, next ?? end), attributes)
        }
    }

    private static let names: [BuildState: String] = [
        .queued: "queue", .preparing: "prepare", .prepared: "wait for slaves", .building: "run",
    ]

    private static func failure(of build: BuildRecord) -> String {
        build.state == .canceled
            ? "canceled" : "\(build.progress.failedAtoms) of \(build.progress.atoms ?? 0) atoms failed"
    }

    private static func result(of build: BuildRecord) -> String {
        switch build.state {
        case .canceled: "cancellation"
        case .error: "error"
        default: build.result == .noFailures ? "success" : "failure"
        }
    }

    private func task(_ name: String, _ run: String) -> [String: JSONValue] {
        var attributes: [String: JSONValue] = [
            "cicd.pipeline.run.id": .string(String(id)), "cicd.pipeline.task.name": .string(name),
            "cicd.pipeline.task.run.id": .string("\(id)/\(run)"),
        ]
        // It is not known before the preparation has ended.
        if !job.isEmpty { attributes["cicd.pipeline.name"] = .string(job) }
        return attributes
    }

    private func worker(_ slave: SlaveID?, _ url: String?) -> [String: JSONValue] {
        var attributes: [String: JSONValue] = [:]
        attributes["cicd.worker.id"] = slave.map { .string(String($0)) }
        attributes["cicd.worker.name"] = url.map(JSONValue.string)
        return attributes
    }
}

// MARK: Commands and set-ups

extension BuildTrace {
    /// The span of a command that is not an atom.
    func span(of command: CommandRecord) -> Span {
        let kind = command.run.kind.rawValue
        let place = command.slaveID.map { "\(kind)/\($0)" } ?? kind
        var attributes = task(kind, place).merging(worker(command.slaveID, command.slaveURL)) { $1 }
        attributes["process.exit.code"] = command.run.exitCode.map(JSONValue.integer)
        attributes["cicd.pipeline.task.run.result"] = command.run.exitCode == 0 ? "success" : "failure"
        let start = command.startedAt
        let id = SpanID.command(kind, slave: command.slaveID, startedAt: start, trace)
        let parent: SpanID = command.slaveID == nil ? .state(.preparing, trace) : .build(trace)
        let failure = command.run.exitCode.map { $0 == 0 ? nil : "exit code \($0)" } ?? "it did not run"
        return span(id, parent, kind, (start, start + command.run.seconds), attributes, failure: failure)
    }

    mutating func setupBegan(on slave: SlaveID, at time: Double) { setups[slave] = time }

    /// The span of a set-up that has ended, from the instruction to the report.
    mutating func setupEnded(on slave: SlaveID, _ url: String?, at time: Double, failure: String?) -> Span? {
        guard let start = setups.removeValue(forKey: slave) else { return nil }
        var attributes = task("set up a slave", "setup/\(slave)").merging(worker(slave, url)) { $1 }
        attributes["cicd.pipeline.task.run.result"] = failure == nil ? "success" : "failure"
        let id = SpanID.setup(slave, trace)
        return span(id, .build(trace), "set up a slave", (start, time), attributes, failure: failure)
    }
}

// MARK: Subjobs and atoms

extension BuildTrace {
    /// The span of a run of an atom.
    mutating func ran(_ run: AtomRunTrace, on url: String?) -> Span {
        let end = run.startedAt + run.result.seconds
        let isFailure = run.obstacle != nil || run.result.isFailure
        var times = subjobs[run.subjob] ?? SubjobTimes(start: run.startedAt, end: end)
        times = SubjobTimes(
            start: min(times.start, run.startedAt),
            end: max(times.end, end),
            // A failure that is retried is none of the subjob.
            hasFailed: times.hasFailed || run.isFinal && isFailure
        )
        if !hasEnded { subjobs[run.subjob] = times }
        let place = "\(run.subjob)/\(run.atom)"
        var attributes = task("atom", "\(place)/\(run.number)").merging(worker(run.slave, url)) { $1 }
        attributes["cicd.pipeline.task.type"] = "test"
        attributes["cicd.pipeline.task.run.result"] = .string(run.outcome)
        attributes["test.suite.name"] = .string(job)
        attributes["test.case.name"] = .string(run.name ?? place)
        attributes["test.case.result.status"] = run.obstacle == nil ? (isFailure ? "fail" : "pass") : nil
        attributes["process.exit.code"] = .integer(run.result.exitCode)
        attributes["clusterrunner.attempt"] = .integer(run.number)
        attributes["clusterrunner.attempt.counts"] = .bool(run.isFinal)
        attributes["clusterrunner.executor"] = run.executor.map(JSONValue.integer)
        let id = SpanID.run(run.number, ofAtom: run.atom, in: run.subjob, trace)
        let failure = isFailure ? run.obstacle ?? run.result.cause ?? "exit code \(run.result.exitCode)" : nil
        return span(
            id,
            .subjob(run.subjob, trace),
            run.name ?? "atom \(place)",
            (run.startedAt, end),
            attributes,
            failure: failure
        )
    }

    /// The span of a subjob whose state cannot change any more, from the start of its first atom to the end of its last.
    mutating func ended(_ subjob: SubjobRecord) -> Span? {
        guard subjob.state.isFinal, let times = subjobs.removeValue(forKey: subjob.id) else { return nil }
        let name = "subjob \(subjob.id)"
        var attributes = task(name, "\(subjob.id)").merging(worker(subjob.slaveID, subjob.slaveURL)) { $1 }
        let result = subjob.state == .canceled ? "cancellation" : times.hasFailed ? "failure" : "success"
        attributes["cicd.pipeline.task.run.result"] = .string(result)
        attributes["clusterrunner.attempts"] = .integer(subjob.attempts)
        return span(
            .subjob(subjob.id, trace),
            .state(.building, trace),
            name,
            (times.start, times.end),
            attributes,
            failure: times.hasFailed ? "an atom failed" : nil
        )
    }
}
