import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerWire

/// Follows a build to its end, through breaks of the connection and restarts of the master, and shows how far it is.
struct BuildWatch: Sendable {
    let client: MasterClient
    let build: Int
    let console: BuildConsole
    /// Whether the end of a failed atom's output is shown when it fails.
    var showsOutput = false
    /// How long a master may not answer until the watch is given up.
    var patience = Duration.zero
    var timekeeper = Timekeeper.system()

    /// How long a master of its own may be away: long enough for a restart, and for a reboot of its machine.
    static let patienceWithMasters = Duration.seconds(600)
    /// How many lines of a failed atom's output are shown.
    static let outputLines = 20

    /// Watches until the build has ended.
    func untilEnd() async throws -> BuildRepresentation {
        try await withThrowingTaskGroup(of: BuildRepresentation?.self) { group in
            group.addTask { try await follow() }
            if console.needsTicks { group.addTask { try await tick() } }
            while let status = try await group.next() {
                guard let status else { continue }
                group.cancelAll()
                return status
            }
            throw CancellationError()
        }
    }

    private func tick() async throws -> BuildRepresentation? {
        while true {
            try await timekeeper.sleep(for: .seconds(1))
            await console.tick()
        }
    }

    /// What was read so far.
    private struct Position {
        var last: Int?
        var isOver = false
        var failures = 0
        var silentSince: Duration?

        /// The master has answered.
        mutating func heard() {
            failures = 0
            silentSince = nil
        }
    }

    private func follow() async throws -> BuildRepresentation? {
        var position = Position()
        while true {
            do {
                if let status = try await read(&position) { return status }
                try await pause(&position, because: nil)
            } catch let error as MasterUnreachable {
                try await pause(&position, because: error)
            }
        }
    }

    /// Waits before the next try; throws when the master was away for too long.
    private func pause(_ position: inout Position, because error: MasterUnreachable?) async throws {
        let now = timekeeper.now.uptime
        let since = position.silentSince ?? now
        position.silentSince = since
        position.failures += 1
        if let error, now - since >= patience { throw error }
        await console.masterIsSilent(true)
        let policy = RetryPolicy()
        let delay = error.map { policy.delay(afterFailures: position.failures, last: $0) }
        try await timekeeper.sleep(for: delay ?? policy.delay(afterFailures: position.failures))
    }

    /// Reads events until the build has ended; nil when the stream ends before.
    private func read(_ position: inout Position) async throws -> BuildRepresentation? {
        if position.failures > 0 {
            // Says at once when the master that came back does not know the build.
            let status = try await client.build(build)
            if position.isOver { return status }
        }
        let tags = console.mode == .json ? EventTag.allCases : [.atomFinish, .buildFinished]
        for try await event in try await client.events(build: build, tags: tags, after: position.last) {
            position.heard()
            await console.masterIsSilent(false)
            if let id = event.id { position.last = id }
            await console.show(event)
            try await take(event)
            guard event.name == EventTag.buildFinished.rawValue else { continue }
            position.isOver = true
            return try await client.build(build)
        }
        return nil
    }

    private func take(_ event: ServerSentEvent) async throws {
        switch event.name {
        case BuildProgressEvent.name:
            let now = try event.read(BuildProgressEvent.self)
            await console.show(now.progress, waitingFor: now.waitingFor)
        case EventTag.atomFinish.rawValue: try await takeAtom(event)
        default: break
        }
    }

    /// Shows an atom that failed for good; one that will be run again is not told yet.
    private func takeAtom(_ event: ServerSentEvent) async throws {
        // Most atoms pass, and there may be a hundred thousand of them: those are not worth parsing.
        let mayHaveFailed = !event.data.contains(#""exit_code":0,"#) || event.data.contains(#""cause":"#)
        guard console.mode != .quiet, mayHaveFailed else { return }
        let members = try JSONCoding.decodeObject(from: Array(event.data.utf8))
        guard members["exit_code"] != 0 || members["cause"] != nil,
            let subjob = members["subjob_id"]?.integer, let id = members["atom_id"]?.integer
        else { return }
        let atom = try await client.atom(build: build, subjob: subjob, atom: id)
        guard atom.hasFailed else { return }
        await console.show(atom, output: showsOutput ? try await client.tail(of: atom, in: build) : [])
    }
}

extension MasterClient {
    /// The last lines of an atom's output.
    func tail(of atom: AtomRepresentation, in build: Int, lines: Int = BuildWatch.outputLines) async throws -> [String]
    {
        do {
            let text = try await console(build: build, subjob: atom.subjob, atom: atom.id, lines: lines)
            let whole = text.hasSuffix("\n") ? String(text.dropLast()) : text
            return whole.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        } catch let error as ClusterRunnerError where error.code == .notFound {
            return ["(no output)"]
        }
    }
}
