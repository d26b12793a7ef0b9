import ClusterRunnerArchive
import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation
import Logging

@testable import ArchiveProjectType

/// The real downloader and archiver.
let machineArchives = MachineArchives(
    downloader: RemoteFileDownloader(limits: DownloadLimits()),
    archiver: LibArchiver()
)

/// A master in this process, as a client of an upload and as a slave see it.
final class MasterInProcess: UploadDestination, ProjectSource {
    let storage: UploadStorage
    let archives: any ProjectArchives = machineArchives
    let foreignPaths: [ByteString] = []
    private let state = Lock(State())

    private struct State {
        var project: (any ProjectType)?
        var sent: [[UInt8]] = []
        var reports: [String] = []
        var beforeSend: (@Sendable (UploadMessage) throws -> Void)?
    }

    init(_ storageDirectory: String, byteLimit: Int = .max, room: Int = .max) {
        storage = UploadStorage(storageDirectory: storageDirectory, byteLimit: byteLimit) { bytes in
            if bytes > room { throw ClusterRunnerError(.unavailable, "No room for \(bytes) bytes.") }
        }
    }

    /// The project of the build, which answers slaves.
    var project: (any ProjectType)? {
        get { state.withLock { $0.project } }
        set { state.withLock { $0.project = newValue } }
    }

    /// The messages of uploads.
    var messages: [UploadMessage] { state.withLock { $0.sent }.compactMap { try? UploadMessage($0) } }
    /// The pieces that were sent.
    var pieces: [[UInt8]] {
        messages.flatMap { message -> [[UInt8]] in if case .pieces(let pieces) = message { pieces } else { [] } }
    }
    /// What the person was told.
    var reports: [String] { state.withLock { $0.reports } }

    /// Forgets the messages and reports; `beforeSend` sees each further message first.
    func forget(_ beforeSend: (@Sendable (UploadMessage) throws -> Void)? = nil) {
        state.withLock { state in
            (state.sent, state.reports, state.beforeSend) = ([], [], beforeSend)
        }
    }

    func send(_ message: [UInt8]) async throws -> [UInt8] {
        try state.withLock { $0.beforeSend }?(try UploadMessage(message))
        state.withLock { $0.sent.append(message) }
        return try await ArchiveProjectType.receive(message, into: storage)
    }

    func report(_ sentence: String) { state.withLock { $0.reports.append(sentence) } }

    func request(_ body: [UInt8]) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        guard let project else { throw ClusterRunnerError(.invalidState, "There is no project.") }
        return try await project.export(body)
    }

    /// Makes the project of a build on the master.
    func make(_ parameters: ProjectParameters) throws -> ArchiveProjectType {
        let project = try ArchiveProjectType(
            parameters: parameters,
            context: ProjectContext(
                storageDirectory: storage.storageDirectory,
                role: .master,
                archives: archives,
                logger: Logger(label: "test")
            )
        )
        self.project = project
        return project
    }

    /// Makes the project of a build on a slave.
    func makeSlave(_ parameters: ProjectParameters, storage: String) throws -> ArchiveProjectType {
        try ArchiveProjectType(
            parameters: parameters,
            context: ProjectContext(
                storageDirectory: storage,
                role: .slave(master: self),
                logger: Logger(label: "test")
            )
        )
    }
}
