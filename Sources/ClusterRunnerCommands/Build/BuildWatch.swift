import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerWire

/// The watch over a build to its end, across lost connections and restarts of the master, with its progress.
struct BuildWatch: Sendable {
    let client: MasterClient
    let build: BuildID
    let console: BuildConsole
    /// Whether the end of every failed atom's output is shown, not only of the first ones.
    var showsAllOutputs = false
    /// The time without an answer after which the watch gives up.
    var patience = Duration.zero
    var timekeeper = Timekeeper.system()
    /// The keys of the terminal.
    var keys: TerminalKeys?

    /// The patience with a separate master: long enough for a restart, and for a reboot of its machine.
    static let patienceWithMasters = Duration.seconds(600)
    /// The number of failed atoms that are shown with their output.
    static let shownOutputs = 20
    /// The lines of output shown for a failed atom.
    static let outputLines = 20

    /// Watches until the build has ended.
    func untilEnd() async throws -> BuildRepresentation {
        try await withThrowingTaskGroup(of: BuildRepresentation?.self) { group in
            group.addTask { try await follow() }
            if console.needsTicks {
                group.addTask { try await tick() }
                group.addTask { try await observe() }
            }
            if let keys { group.addTask { try await obey(keys) } }
            if console.mode == .plain { group.addTask { try await beat() } }
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
            keys?.renew()
            await console.tick()
        }
    }

    /// The reader's position.
    private struct Position {
        var last: Int?
        var isOver = false
        var failures = 0
        var silentSince: Duration?
        /// The names of the build's atoms, once one of them has failed.
        var title: AtomTitle?
        var outputs = 0

        /// Records an answer of the master.
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

    /// Waits before the next attempt; throws when the master was away for too long.
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
            // Fails at once when a restarted master does not know the build.
            let status = try await client.build(build)
            if position.isOver { return status }
        }
        let tags = console.mode == .json ? EventTag.allCases : [.atomFinish, .buildFinished]
        for try await event in try await client.events(build: build, tags: tags, after: position.last) {
            position.heard()
            await console.masterIsSilent(false)
            if let id = event.id { position.last = id }
            await console.show(event)
            try await take(event, &position)
            guard event.name == EventTag.buildFinished.rawValue else { continue }
            position.isOver = true
            return try await client.build(build)
        }
        return nil
    }

    private func take(_ event: ServerSentEvent, _ position: inout Position) async throws {
        switch event.name {
        case BuildProgressEvent.name:
            let now = try event.read(BuildProgressEvent.self)
            await console.show(now.progress, waitingFor: now.waitingFor)
        case EventTag.atomFinish.rawValue: try await takeAtom(event, &position)
        default: break
        }
    }

    /// Shows an atom with a final failure; one that will be retried is not shown yet.
    private func takeAtom(_ event: ServerSentEvent, _ position: inout Position) async throws {
        // Most atoms pass, and a build may have a hundred thousand: skip the parsing of those.
        let mayHaveFailed = !event.data.contains(#""exit_code":0,"#) || event.data.contains(#""cause":"#)
        guard console.mode != .quiet, mayHaveFailed else { return }
        let members = try JSONCoding.decodeObject(from: Array(event.data.utf8))
        guard members["exit_code"] != 0 || members["cause"] != nil,
            let subjob = members["subjob_id"]?.integer.map({ SubjobID($0) }),
            let id = members["atom_id"]?.integer.map({ AtomIndex($0) })
        else { return }
        let atom = try await client.atom(build: build, subjob: subjob, atom: id)
        guard atom.hasFailed else { return }
        let title = if let known = position.title { known } else { AtomTitle(of: try await client.build(build)) }
        position.title = title
        // Lines of JSON have the output only if it was asked for.
        let isShown = showsAllOutputs || console.mode != .json && position.outputs < Self.shownOutputs
        if isShown { position.outputs += 1 }
        await console.show(atom, title, output: isShown ? try await output(of: atom) : nil)
    }
}

extension BuildWatch {
    /// Returns what is shown of a failed atom: people see its failed tests, programs its output.
    private func output(of atom: AtomRepresentation) async throws -> [String] {
        if console.mode == .json { return try await client.tail(of: atom, in: build) }
        return try await client.failureLines(of: atom, in: build, .plain)
    }
}

extension MasterClient {
    /// The last lines of a failed atom's output.
    func tail(of atom: AtomRepresentation, in build: BuildID) async throws -> [String] {
        try await tail(of: atom.subjob, atom.id, in: build, lines: BuildWatch.outputLines)
    }

    /// The last lines of an atom's output.
    func tail(of subjob: SubjobID, _ atom: AtomIndex, in build: BuildID, lines: Int) async throws -> [String] {
        do {
            let text = try await console(build: build, subjob: subjob, atom: atom, lines: lines)
            let whole = text.hasSuffix("\n") ? String(text.dropLast()) : text
            guard !whole.isEmpty else { return ["(no output)"] }
            return whole.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        } catch let error as ClusterRunnerError where error.code == .notFound {
            return ["(no output)"]
        }
    }
}
