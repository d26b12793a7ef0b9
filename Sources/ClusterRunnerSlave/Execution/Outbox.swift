import ClusterRunnerAPI
import ClusterRunnerClient
import ClusterRunnerCore
import Foundation
import Logging

/// Delivers finished atoms to the master, several at a time.
///
/// While one batch is on its way the next one gathers, so short atoms cost no request of their own.
final class Outbox: Sendable {
    private let build: Int
    private let requests: PatientRequests
    private let client: SlaveClient
    private let archiver: any Archiver
    private let folders: SlaveFolders
    private let logger: Logger
    private let pending = Lock<[FinishedAtom]>([])
    private let signal: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    /// The most atoms in one batch.
    private static let batchSize = 500
    /// How often the master may lose an upload before that is taken for a refusal.
    private static let mostLosses = 5

    init(
        build: Int,
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
            let answer = try await send(batch)
            for refusal in answer.refused { logger.notice("The master refused a result: \(refusal.reason)") }
            receive(answer)
        } catch let failure as PackingFailure {
            try await deliverSingly(batch, "Its artifacts could not be packed: \(failure.reason)", receive)
        } catch let error as ClusterRunnerError {
            try await deliverSingly(batch, "The master refused its artifacts: \(error.message)", receive)
        }
    }

    /// The files of a batch could not be packed, as on a full disk.
    private struct PackingFailure: Error {
        let reason: String
    }

    /// Uploads the files of a batch and reports it, again from the start when the master has lost the upload.
    private func send(_ batch: [FinishedAtom]) async throws -> ResultsAnswer {
        var losses = 0
        while true {
            let upload = try await self.upload(batch)
            let report = ResultsReport(build: build, upload: upload, reports: batch.map(\.report))
            do {
                return try await requests.perform { try await self.client.report(report, slave: $0) }
            } catch let error as ClusterRunnerError where error.code == .invalidState && losses < Self.mostLosses {
                losses += 1
                logger.notice("\(error)")
            }
        }
    }

    /// Finds the atom whose files cannot be delivered, for a reason that becomes its cause: the others must not suffer for
    /// it.
    private func deliverSingly(
        _ batch: [FinishedAtom],
        _ reason: String,
        _ receive: (ResultsAnswer) -> Void
    ) async throws {
        guard batch.count == 1, var atom = batch.first else {
            for atom in batch { try await deliver([atom], receive) }
            return
        }
        guard atom.hasFiles else {
            logger.error("The result of atom \(atom.report.atom) is lost. \(reason)")
            return
        }
        atom.report.result.cause = reason
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
        do {
            try await archiver.write(entries, as: .tar, to: path)
        } catch let error as ClusterRunnerError {
            throw PackingFailure(reason: error.message)
        }
        try await requests.perform { try await self.client.upload(path, name: name, slave: $0) }
        return name
    }
}
