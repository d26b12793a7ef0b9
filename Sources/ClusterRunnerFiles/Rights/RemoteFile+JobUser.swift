package import ClusterRunnerPlugin
import Foundation

extension RemoteFile {
    /// Downloads files into a project's directory; each appears as a whole or not at all.
    ///
    /// Where jobs run as another user, the directory belongs to that user: a file is downloaded to `scratch`, a path of
    /// the service, and copied from there with the rights of that user.
    package static func download(
        _ files: [RemoteFile],
        into directory: ByteString,
        as user: JobUser?,
        scratch: String,
        with downloader: any FileDownloader
    ) async throws {
        guard let user, !files.isEmpty else { return try await download(files, into: directory, with: downloader) }
        for file in files {
            defer { unlink(scratch) }
            try await downloader.download(file.uri, to: scratch, byteLimit: byteLimit)
            let source = try writing(ByteString(scratch)) { try OpenFile(scratch, O_RDONLY | O_NOFOLLOW) }
            try user.act { try file.copy(source, into: directory) }
        }
    }

    private static let byteLimit = 4 << 30
    private static let pieceSize = 1 << 20

    private func copy(_ source: borrowing OpenFile, into directory: ByteString) throws {
        let path = try path(in: directory)
        try Self.makeDirectory(path.parent)
        let partial = path.parent.appending(ByteString(".clusterrunner-\(UUID.random().uuidString)"))
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
        let target = try Self.writing(path) { try OpenFile(partial.cString, flags, permissions: 0o644) }
        do throws(SystemFault) {
            try Self.copy(source, to: target)
            try retryingInterrupts { rename(partial.cString, path.cString) }
        } catch {
            unlink(partial.cString)
            throw Self.failure(path, error)
        }
    }

    /// Copies all bytes.
    private static func copy(_ source: borrowing OpenFile, to target: borrowing OpenFile) throws(SystemFault) {
        var offset = 0
        while case let piece = try source.piece(from: offset, upTo: pieceSize), !piece.isEmpty {
            try target.writeAll(piece)
            offset += piece.count
        }
    }

    private static func writing<Result: ~Copyable>(_ path: ByteString, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let fault as SystemFault {
            throw failure(path, fault)
        }
    }

    private static func failure(_ path: ByteString, _ fault: SystemFault) -> ClusterRunnerError {
        fault.error("The remote file \(path) cannot be written")
    }
}
