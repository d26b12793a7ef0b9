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
            let source = open(scratch, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
            guard source >= 0 else { throw failure(ByteString(scratch), errno) }
            defer { close(source) }
            try user.act { try file.copy(source, into: directory) }
        }
    }

    private static let byteLimit = 4 << 30
    private static let pieceSize = 1 << 20

    private func copy(_ source: Int32, into directory: ByteString) throws {
        let path = try path(in: directory)
        try Self.makeDirectory(path.parent)
        let partial = path.parent.appending(ByteString(".clusterrunner-\(UUID.random().uuidString)"))
        let target = open(partial.cString, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard target >= 0 else { throw Self.failure(path, errno) }
        defer { close(target) }
        let number = Self.copy(source, to: target) ?? (rename(partial.cString, path.cString) == 0 ? nil : errno)
        guard let number else { return }
        unlink(partial.cString)
        throw Self.failure(path, number)
    }

    /// Copies all bytes; returns the `errno` of a failure.
    private static func copy(_ source: Int32, to target: Int32) -> Int32? {
        var piece = [UInt8](repeating: 0, count: pieceSize)
        while true {
            let count = read(source, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return count == 0 ? nil : errno }
            var written = 0
            while written < count {
                let more = piece.withUnsafeBytes { write(target, $0.baseAddress.map { $0 + written }, count - written) }
                if more < 0, errno == EINTR { continue }
                guard more > 0 else { return errno }
                written += more
            }
        }
    }

    private static func failure(_ path: ByteString, _ number: Int32) -> ClusterRunnerError {
        ClusterRunnerError(.ofSystem(number), "The remote file \(path) cannot be written: \(systemMessage(number)).")
    }
}
