import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerPlugin
import ClusterRunnerWire
import Foundation
import Logging

/// The outbox of finished atoms, which are delivered to the master in batches.
///
/// While one batch is sent, the next one gathers. While the executors have enough work, finished atoms wait for others
/// for a moment, so that short atoms cost no request of their own.
final class Outbox: Sendable {
    private struct State {
        var pending = Batch()
        /// Whether the pending batch must go at once.
        var isUrgent = false
        /// Fires when the batch becomes urgent; set while ``Outbox/gather()`` waits.
        var urgency: OneShotSignal?

        mutating func hurry() {
            isUrgent = true
            urgency?.fire()
        }
    }

    private let build: BuildID
    private let requests: PatientRequests
    private let client: SlaveClient
    private let archiver: any Archiver
    private let folders: SlaveFolders
    private let logger: Logger
    private let state = Lock(State())
    private let signal: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    /// The contents of one request.
    private struct Batch {
        var atoms: [FinishedAtom] = []
        /// The atoms given back, by lease; a lease without any is named too, because the master waits for the answer.
        var returned: [LeaseAtoms] = []

        var isEmpty: Bool { atoms.isEmpty && returned.isEmpty }
    }

    /// The maximum number of atoms in one batch.
    private static let batchSize = 500
    /// The maximum size of the test cases in one batch of several atoms, far below what the master takes.
    private static let caseBytes = 8 << 20
    /// The time that finished atoms wait for others.
    ///
    /// To executors with short atoms, the master grants several times this much work ahead.
    private static let gatheringTime = Duration.milliseconds(50)
    /// The uploads of one batch that the master may lose before that is taken for a refusal.
    private static let mostLosses = 5

    init(
        build: BuildID,
        requests: PatientRequests,
        client: SlaveClient,
        archiver: any Archiver,
        folders: SlaveFolders,
        logger: Logger
    ) {
        self.build = build
        self.requests = requests
        self.client = client
        self.archiver = archiver
        self.folders = folders
        self.logger = logger
        (signal, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Adds a finished atom.
    ///
    /// With `isUrgent` it goes at once, because an executor may wait for the work that the answer brings.
    func add(_ atom: FinishedAtom, isUrgent: Bool = true) {
        state.withLock { state in
            state.pending.atoms.append(atom)
            if isUrgent || state.pending.atoms.count >= Self.batchSize { state.hurry() }
        }
        continuation.yield()
    }

    /// Adds atoms that are given back, for which another slave may wait.
    func add(returned parts: [LeaseAtoms]) {
        state.withLock { state in
            state.pending.returned += parts
            state.hurry()
        }
        continuation.yield()
    }

    /// Ends the outbox; ``deliver(_:)`` returns after the rest.
    func finish() {
        state.withLock { $0.hurry() }
        continuation.finish()
    }

    /// Delivers until ``finish()``; `receive` gets the work in answers.
    func deliver(_ receive: (ResultsAnswer) -> Void) async throws {
        for await _ in signal {
            try await gather()
            if let batch = takeBatch() { try await deliver(batch, receive) }
        }
        while let batch = takeBatch() { try await deliver(batch, receive) }
    }

    /// Waits until the batch is urgent or its time is over.
    private func gather() async throws {
        let urgency = state.withLock { state -> OneShotSignal? in
            guard !state.isUrgent, !state.pending.isEmpty else { return nil }
            let urgency = OneShotSignal()
            state.urgency = urgency
            return urgency
        }
        guard let urgency else { return }
        try await withThrowingTaskGroup(of: Void.self) { [timekeeper = requests.timekeeper] group in
            group.addTask { await urgency.wait() }
            group.addTask { try await timekeeper.sleep(for: Self.gatheringTime) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func takeBatch() -> Batch? {
        state.withLock { state in
            state.urgency = nil
            guard !state.pending.isEmpty else { return nil }
            let pending = state.pending
            let batch = Batch(atoms: Array(Self.first(of: pending.atoms)), returned: pending.returned)
            state.pending = Batch(atoms: Array(pending.atoms.dropFirst(batch.atoms.count)))
            // The rest is older than what comes now.
            state.isUrgent = !state.pending.isEmpty
            if state.isUrgent { continuation.yield() }
            return batch
        }
    }

    /// Returns the atoms that one batch takes.
    private static func first(of atoms: [FinishedAtom]) -> ArraySlice<FinishedAtom> {
        var bytes = 0
        let end = atoms.firstIndex { atom in
            bytes += atom.report.cases?.size ?? 0
            return bytes > caseBytes
        }
        return atoms.prefix(min(batchSize, max(1, end ?? atoms.count)))
    }

    private func deliver(_ batch: Batch, _ receive: (ResultsAnswer) -> Void) async throws {
        defer { for atom in batch.atoms where atom.hasFiles { folders.trash.discard(atom.directory) } }
        do {
            let answer = try await send(batch)
            for refusal in answer.refused { logger.notice("The master refused a result: \(refusal.reason)") }
            receive(answer)
        } catch let failure as PackingFailure {
            try await deliverSingly(batch, "They could not be packed: \(failure.reason)", isObstacle: true, receive)
        } catch let error as ClusterRunnerError {
            try await deliverSingly(batch, "The master refused them: \(error.message)", isObstacle: false, receive)
        }
    }

    /// A batch whose files could not be packed, for example on a full disk.
    private struct PackingFailure: Error {
        let reason: String
    }

    /// Uploads the files of a batch and reports it; starts over when the master has lost the upload.
    private func send(_ batch: Batch) async throws -> ResultsAnswer {
        var losses = 0
        while true {
            let (upload, notes) = try await self.upload(batch.atoms)
            do {
                return try await requests.perform { slave in
                    let uptime = requests.timekeeper.now.uptime
                    let report = ResultsReport(
                        build: build,
                        upload: upload,
                        reports: batch.atoms.map { $0.report(at: uptime, notes: notes[$0.entryName] ?? []) },
                        returned: batch.returned
                    )
                    return try await client.report(report, slave: slave)
                }
            } catch let error as ClusterRunnerError where error.code == .invalidState && losses < Self.mostLosses {
                losses += 1
                logger.notice("\(error)")
            }
        }
    }

    /// Delivers the atoms of a batch one by one, so that only the atom whose files cannot be delivered is affected.
    ///
    /// The reason becomes a note of that atom, and its own result stays. The first time, an obstacle of this slave is
    /// reported as such, because another slave may have room for the files.
    private func deliverSingly(
        _ batch: Batch,
        _ reason: String,
        isObstacle: Bool,
        _ receive: (ResultsAnswer) -> Void
    ) async throws {
        guard batch.returned.isEmpty, batch.atoms.count == 1, var atom = batch.atoms.first else {
            guard !batch.atoms.isEmpty else {
                return logger.error("The master does not take atoms back. \(reason)")
            }
            if !batch.returned.isEmpty { try await deliver(Batch(returned: batch.returned), receive) }
            for atom in batch.atoms { try await deliver(Batch(atoms: [atom]), receive) }
            return
        }
        guard atom.hasFiles else {
            logger.error("The result of atom \(atom.report.atom) is lost. \(reason)")
            return
        }
        if isObstacle, !atom.wasObstructed {
            atom.report.obstacle = RunObstacle("Its artifacts are lost. \(reason)")
        } else {
            atom.report.result.notes.append("Its artifacts are lost. \(reason)")
        }
        atom.report.result.hasArtifacts = false
        if atom.report.result.console == .file {
            atom.report.result.console = .inline(
                ConsoleFile.end(at: "\(atom.directory)/\(ArtifactDirectory.consoleName)")
            )
        }
        try await deliver(Batch(atoms: [atom]), receive)
    }

    /// Packs and uploads the files of a batch; returns the name of the upload, nil without files, and notes about the
    /// files of each atom, by ``FinishedAtom/entryName``.
    private func upload(_ batch: [FinishedAtom]) async throws -> (name: String?, notes: [String: [String]]) {
        let withFiles = batch.filter(\.hasFiles)
        guard !withFiles.isEmpty else { return (nil, [:]) }
        let name = UUID.random().uuidString.lowercased()
        let path = folders.upload(of: build, name: name)
        defer { folders.trash.discard(path) }
        let packed = try await pack(withFiles, into: path)
        let received = try await send(path, as: name)
        let notes = withFiles.map { atom in
            (atom.entryName, packed[ByteString(atom.entryName)] + (received[atom.entryName] ?? []))
        }
        return (name, Dictionary(notes) { $0 + $1 })
    }

    /// Uploads an archive; returns the master's notes about it.
    private func send(_ path: String, as name: String) async throws -> [String: [String]] {
        do {
            return try await requests.perform { try await self.client.upload(path, name: name, slave: $0) }
        } catch let error as CancellationError {
            throw error
        } catch {
            // Any other code refuses the contents. With this one, the archive could not be read here or stored there.
            if let error = error as? ClusterRunnerError, error.code != .failed { throw error }
            throw PackingFailure(reason: (error as? ClusterRunnerError)?.message ?? String(describing: error))
        }
    }

    private func pack(_ atoms: [FinishedAtom], into path: String) async throws -> ArchiveNotes {
        do {
            let notes = try await archiver.write(atoms.map(\.archiveEntry), as: .tar, to: path)
            // The files may be too many together, but not for each atom alone.
            guard !notes.isFull || atoms.count == 1 else { throw PackingFailure(reason: "they are too many together") }
            return notes
        } catch let error as ClusterRunnerError {
            throw PackingFailure(reason: error.message)
        }
    }
}

extension FinishedAtom {
    /// The name of its files in an upload.
    fileprivate var entryName: String { directory.split(separator: "/").last.map(String.init) ?? "" }

    fileprivate var archiveEntry: ArchiveEntry {
        let paths = ([directory] + (ranWith.map { [$0] + realPaths(of: $0) } ?? [])).map { ByteString($0) }
        return ArchiveEntry(
            path: ByteString(entryName),
            content: .closedDirectory(at: ByteString(directory), knownAs: paths)
        )
    }

    /// Returns the path without links that a command saw as its artifact directory, which has moved since.
    private func realPaths(of path: String) -> [String] {
        guard let slash = path.lastIndex(of: "/"), let resolved = realpath(String(path[..<slash]), nil) else {
            return []
        }
        defer { free(resolved) }
        return [String(cString: resolved) + path[slash...]]
    }
}
