import Foundation

extension RemoteFile {
    /// Where the file belongs in a project's directory.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument`` when the name leads outside, by
    ///   itself or through a symbolic link that lies in the directory.
    public func path(in directory: String) throws -> String {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard !name.isEmpty, !name.utf8.contains(0), !parts.contains(where: { ["", ".", ".."].contains($0) }) else {
            throw ClusterRunnerError(
                .invalidArgument,
                "The name \"\(name)\" in remote_files must be a relative path inside the workspace, without \"..\"."
            )
        }
        let root = URL(fileURLWithPath: directory).resolvingSymlinksInPath().path
        var parent = root
        for part in parts.dropLast() {
            parent = URL(fileURLWithPath: "\(parent)/\(part)").resolvingSymlinksInPath().path
            guard parent.hasPrefix("\(root)/") else {
                throw ClusterRunnerError(
                    .invalidArgument,
                    "The name \"\(name)\" in remote_files leads outside the workspace through a symbolic link."
                )
            }
        }
        return "\(directory)/\(name)"
    }

    /// Downloads files into a project's directory; each appears whole or not at all.
    public static func download(
        _ files: [RemoteFile],
        into directory: ByteString,
        with downloader: any FileDownloader,
        byteLimit: Int = 4 << 30
    ) async throws {
        guard !files.isEmpty else { return }
        try await download(files, into: folder(directory), with: downloader, byteLimit: byteLimit)
    }

    /// The path of a project's directory as a text.
    package static func folder(_ directory: ByteString) throws -> String {
        guard let text = directory.text else {
            throw ClusterRunnerError(
                .invalidArgument,
                "remote_files need a project whose path is UTF-8, and \"\(directory)\" is not. Rename the folder."
            )
        }
        return text
    }

    /// Downloads files into a project's directory; each appears whole or not at all.
    public static func download(
        _ files: [RemoteFile],
        into directory: String,
        with downloader: any FileDownloader,
        byteLimit: Int = 4 << 30
    ) async throws {
        for file in files {
            let path = try file.path(in: directory)
            let parent = URL(fileURLWithPath: path).deletingLastPathComponent()
            try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
            try await downloader.download(file.uri, to: path, byteLimit: byteLimit)
        }
    }
}

extension ProjectParameters {
    /// The files to download into the workspace.
    public var remoteFileList: [RemoteFile] { remoteFiles.map { RemoteFile(uri: $0.uri, name: $0.name) } }
}
