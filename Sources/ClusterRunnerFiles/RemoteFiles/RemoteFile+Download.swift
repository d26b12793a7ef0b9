package import ClusterRunnerPlugin
import Foundation

extension RemoteFile {
    /// Returns the path of the file in a project's directory.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument`` when the name leads outside,
    ///   by itself or through a symbolic link in the directory.
    package func path(in directory: ByteString) throws -> ByteString {
        let parts = name.bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map {
            ByteString($0)
        }
        guard !name.bytes.contains(0), !parts.contains(where: { ["", ".", ".."].contains($0) }) else {
            throw ClusterRunnerError(
                .invalidArgument,
                "The name \"\(name)\" in remote_files must be a relative path inside the workspace, without \"..\"."
            )
        }
        let root = Self.resolved(directory)
        var parent = root
        for part in parts.dropLast() {
            parent = Self.resolved(parent.appending(part))
            guard parent != root, parent.names.starts(with: root.names) else {
                throw ClusterRunnerError(
                    .invalidArgument,
                    "The name \"\(name)\" in remote_files leads outside the workspace through a symbolic link."
                )
            }
        }
        return directory.appending(name)
    }

    /// Resolves the links in a path; a path that leads to nothing is returned unchanged.
    private static func resolved(_ path: ByteString) -> ByteString {
        guard let resolved = realpath(path.cString, nil) else { return path }
        defer { free(resolved) }
        return ByteString(cString: resolved)
    }

    /// Downloads files into a project's directory; each appears as a whole or not at all.
    package static func download(
        _ files: [RemoteFile],
        into directory: ByteString,
        with downloader: any FileDownloader,
        byteLimit: Int = 4 << 30
    ) async throws {
        for file in files {
            let path = try file.path(in: directory)
            let folder = path.parent
            try makeDirectory(folder)
            if let text = path.text {
                try await downloader.download(file.uri, to: text, byteLimit: byteLimit)
            } else {
                try await file.download(to: path, in: folder, with: downloader, byteLimit)
            }
        }
    }

    /// Downloads to a path that is not UTF-8: under a UTF-8 name beside it, through the descriptor of the folder.
    private func download(
        to path: ByteString,
        in folder: ByteString,
        with downloader: any FileDownloader,
        _ byteLimit: Int
    ) async throws {
        let directory = try Self.writing(path) { try OpenFile(folder.cString, O_RDONLY | O_DIRECTORY) }
        let whole = "/proc/self/fd/\(directory.descriptor)/.clusterrunner-\(UUID.random().uuidString)"
        try await downloader.download(uri, to: whole, byteLimit: byteLimit)
        do {
            _ = try Self.writing(path) { try retryingInterrupts { rename(whole, path.cString) } }
        } catch {
            unlink(whole)
            throw error
        }
    }

    /// Creates a directory and its missing parents.
    package static func makeDirectory(_ path: ByteString) throws {
        if mkdir(path.cString, 0o777) == 0 || errno == EEXIST { return }
        let fault = SystemFault(errno)
        guard fault.number == ENOENT, path.names.count > 1 else { throw fault.error("Cannot write \(path)") }
        try makeDirectory(path.parent)
        guard mkdir(path.cString, 0o777) == 0 || errno == EEXIST else {
            throw SystemFault(errno).error("Cannot write \(path)")
        }
    }

    private static func writing<Result: ~Copyable>(_ path: ByteString, _ body: () throws -> Result) throws -> Result {
        try attempting("Cannot write \(path)", body)
    }
}
