import ClusterRunnerPlugin

/// The downloader and the archiver of a machine, for project types.
package struct MachineArchives: ProjectArchives {
    private let downloader: any FileDownloader
    private let archiver: any Archiver

    package init(downloader: any FileDownloader, archiver: any Archiver) {
        self.downloader = downloader
        self.archiver = archiver
    }

    package func download(_ url: String, to path: String, byteLimit: Int) async throws {
        try await downloader.download(url, to: path, byteLimit: byteLimit)
    }

    package func unpack(_ path: String, into directory: String, byteLimit: Int) async throws -> [String] {
        try await archiver.extract(path, into: directory, limits: ArchiveLimits(bytes: byteLimit)).lines
    }
}
