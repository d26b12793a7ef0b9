import ClusterRunnerAPI
import ClusterRunnerClient
import ClusterRunnerCore
import Foundation
import Logging
import Synchronization

/// Delivers finished atoms to the master, several at a time.
///
/// While one batch is on its way the next one gathers, so short atoms cost no request of their own.
final class Outbox: Sendable {
    private let build: Int
    private let slave: @Sendable () async -> Int
    private let client: SlaveClient
    private let archiver: any Archiver
    private let folders: SlaveFolders
    private let timekeeper: Timekeeper
    private let logger: Logger
    private let retry = RetryPolicy()
    private let pending = Mutex<[FinishedAtom]>([])
    private let signal: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    /// The most atoms in one batch.
    private static let batchSize = 500

    /// Creates an outbox; `slave` tells the slave's number, which changes when the master forgets the slave.
    init(
        build: Int,
        slave: @escaping @Sendable () async -> Int,
        client: SlaveClient,
        archiver: any Archiver,
        folders: SlaveFolders,
        timekeeper: Timekeeper,
        logger: Logger
    ) {
        self.build = build
        self.slave = slave
        self.client = client
        self.archiver = archiver
        self.folders = folders
        self.timekeeper = timekeeper
        self.logger = logger
        (signal, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Adds a finished atom.
    func add(_ atom: FinishedAtom) {
        pending.withLock { $0.append(atom) }
        continuation.yield()
    }

    /// No more atoms come; ``deliver(_:)`` returns after what is left.
    func finish() {
        continuation.finish()
    }

    /// Delivers until ``finish()``; `receive` gets the work that answers bring.
    func deliver(_ receive: (ResultsAnswer) -> Void) async throws {
        for await _ in signal {
            while let batch = takeBatch() { try await deliver(batch, receive) }
        }
        while let batch = takeBatch() { try await deliver(batch, receive) }
    }

    private func takeBatch() -> [FinishedAtom]? {
        pending.withLock { pending in
            guard !pending.isEmpty else { return nil }
            let batch = Array(pending.prefix(Self.batchSize))
            pending.removeFirst(batch.count)
            return batch
        }
    }

    private func deliver(_ batch: [FinishedAtom], _ receive: (ResultsAnswer) -> Void) async throws {
        defer { for atom in batch where atom.hasFiles { folders.removeTree(atom.directory) } }
        do {
            let upload = try await self.upload(batch)
            let report = ResultsReport(build: build, upload: upload, reports: batch.map(\.report))
            let answer = try await persist { try await self.client.report(report, slave: $0) }
            for refusal in answer.refused { logger.notice("The master refused a result: \(refusal.reason)") }
            receive(answer)
        } catch let error as ClusterRunnerError where error.code != .sessionExpired {
            try await deliverSingly(batch, after: error, receive)
        }
    }

    /// Finds the atom whose files the master refuses: the others must not suffer for it.
    private func deliverSingly(
        _ batch: [FinishedAtom],
        after error: ClusterRunnerError,
        _ receive: (ResultsAnswer) -> Void
    ) async throws {
        guard batch.count == 1, var atom = batch.first else {
            for atom in batch { try await deliver([atom], receive) }
            return
        }
        guard atom.hasFiles else {
            logger.error("The master does not take the result of atom \(atom.report.atom): \(error)")
            return
        }
        atom.report.result.cause = "The master refused its artifacts: \(error.message)"
        atom.report.result.hasArtifacts = false
        if atom.report.result.console == .file { atom.report.result.console = .inline([]) }
        try await deliver([atom], receive)
    }

    /// Packs and uploads the files of a batch; returns the name of the upload, or nil when there are none.
    private func upload(_ batch: [FinishedAtom]) async throws -> String? {
        let withFiles = batch.filter(\.hasFiles)
        guard !withFiles.isEmpty else { return nil }
        let name = UUID().uuidString.lowercased()
        let path = folders.upload(of: build, name: name)
        defer { folders.removeTree(path) }
        let entries = withFiles.map {
            ArchiveEntry(path: String($0.directory.split(separator: "/").last ?? ""), content: .item(at: $0.directory))
        }
        try await archiver.write(entries, as: .tar, to: path)
        try await persist { try await self.client.upload(path, name: name, slave: $0) }
        return name
    }

    /// Repeats a request until the master answers.
    private func persist<Answer>(_ request: (Int) async throws -> Answer) async throws -> Answer {
        var failures = 0
        while true {
            do {
                return try await request(await slave())
            } catch let error where retry.isWorthRetrying(error) {
                failures += 1
                logger.warning("\(error) Trying again.")
                try await timekeeper.sleep(for: retry.delay(afterFailures: failures))
            }
        }
    }
}
