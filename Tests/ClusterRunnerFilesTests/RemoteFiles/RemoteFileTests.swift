import ClusterRunnerConcurrency
import ClusterRunnerFiles
import ClusterRunnerPlugin
import ClusterRunnerTesting
import Foundation
import Testing

@Suite struct RemoteFileTests {
    private func file(_ name: String) -> RemoteFile { RemoteFile(uri: "http://host/file", name: ByteString(name)) }

    @Test(arguments: ["tool", "bin/tool", "a/b/c.d", "..tool", "tool..", "a..b/c", "with space", "ünïcode"])
    func `A relative name is a place inside the directory`(name: String) async throws {
        try await withScratchDirectory { directory in
            let path = try file(name).path(in: ByteString(directory))
            #expect(path.text == "\(directory)/\(name)")
        }
    }

    @Test(arguments: ["", "/etc/passwd", "../x", "a/../../x", "a/..", ".", "./x", "a//b", "a/", "..", "a\0b"])
    func `A name that could lead outside is refused`(name: String) async throws {
        let sentence =
            "The name \"\(name)\" in remote_files must be a relative path inside the workspace, without \"..\"."
        try await withScratchDirectory { directory in
            let error = #expect(throws: ClusterRunnerError.self) { try file(name).path(in: ByteString(directory)) }
            #expect(error?.code == .invalidArgument)
            #expect(error?.message == sentence)
        }
    }

    @Test(arguments: ["link/x", "inner/../link/x", "folder/link/x"])
    func `A name that leads outside through a symbolic link is refused`(name: String) async throws {
        try await withScratchDirectory { directory in
            let files = FileManager.default
            let project = "\(directory)/project"
            try files.createDirectory(atPath: "\(project)/folder", withIntermediateDirectories: true)
            try files.createDirectory(atPath: "\(directory)/project-of-another", withIntermediateDirectories: true)
            let outside = "\(directory)/project-of-another"
            try files.createSymbolicLink(atPath: "\(project)/link", withDestinationPath: outside)
            try files.createSymbolicLink(atPath: "\(project)/folder/link", withDestinationPath: "..")
            let error = #expect(throws: ClusterRunnerError.self) { try file(name).path(in: ByteString(project)) }
            #expect(error?.code == .invalidArgument)
            #expect(error?.message.contains("\"\(name)\" in remote_files") == true)
        }
    }

    @Test func `A symbolic link that stays inside may be used`() async throws {
        try await withScratchDirectory { directory in
            let files = FileManager.default
            try files.createDirectory(atPath: "\(directory)/real", withIntermediateDirectories: true)
            try files.createSymbolicLink(atPath: "\(directory)/link", withDestinationPath: "real")
            let path = try file("link/x").path(in: ByteString(directory))
            #expect(path.text == "\(directory)/link/x")
        }
    }

    @Test func `Files are downloaded to their places, and folders are made for them`() async throws {
        try await withScratchDirectory { directory in
            let downloader = RecordingDownloader()
            let files = [file("tool"), file("a/b/tool")]
            try await RemoteFile.download(files, into: ByteString(directory), with: downloader, byteLimit: 7)
            let expected = files.map { "\($0.uri) -> \(directory)/\($0.name), at most 7" }
            #expect(downloader.calls.withLock { $0 } == expected)
            #expect(FileManager.default.fileExists(atPath: "\(directory)/a/b"))
        }
    }

    @Test func `Nothing is downloaded after a bad name`() async throws {
        try await withScratchDirectory { directory in
            let downloader = RecordingDownloader()
            let files = [file("../x"), file("tool")]
            await #expect(throws: ClusterRunnerError.self) {
                try await RemoteFile.download(files, into: ByteString(directory), with: downloader)
            }
            #expect(downloader.calls.withLock { $0.isEmpty })
        }
    }

    @Test func `The files of a request are known by their scheme, whichever way round they stand`() {
        let parameters = ProjectParameters([
            "remote_files": ["http://host/a": "b", "a": "https://host/x", "plain": "too"]
        ])
        let expected = [
            RemoteFile(uri: "https://host/x", name: "a"), RemoteFile(uri: "http://host/a", name: "b"),
            RemoteFile(uri: "plain", name: "too"),
        ]
        #expect(parameters.remoteFiles == expected)
        #expect(ProjectParameters([:]).remoteFiles.isEmpty)
    }
}

/// A fake that records requested downloads; the real one is tested with its module.
private final class RecordingDownloader: FileDownloader {
    let calls = Lock<[String]>([])

    func download(_ uri: String, to path: String, byteLimit: Int) async throws {
        calls.withLock { $0.append("\(uri) -> \(path), at most \(byteLimit)") }
    }
}
