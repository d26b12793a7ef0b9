import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerHTTP
import ClusterRunnerPlugin
import ClusterRunnerTesting
import Foundation
import HTTPTypes
import Hummingbird
import Testing

@Suite struct RemoteFileDownloaderTests {
    private let downloader = RemoteFileDownloader()

    private static let routes = [
        Route.get("file") { _ in .stream(pieces(["one ", "two"]), contentType: "x/y") },
        Route.get("moved") { _ in Response(status: .found, headers: [.location: "/file"]) },
        Route.get("broken") { _ in .stream(pieces(["one "], error: BrokenOff()), contentType: "x/y") },
    ]

    /// Runs a body with a server, and a folder with one existing file.
    private func withServer(_ body: (LocalServer, _ directory: String) async throws -> Void) async throws {
        try await withScratchDirectory { directory in
            try "old".write(toFile: "\(directory)/file", atomically: true, encoding: .utf8)
            try await LocalServer.serve(Self.routes) { try await body($0, directory) }
        }
    }

    private func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Expects a download to fail without leaving or changing anything.
    private func expectFailure(
        _ code: ClusterRunnerError.Code,
        _ uri: String,
        in directory: String,
        limit: Int = 1000
    ) async throws -> String {
        let error = await #expect(throws: ClusterRunnerError.self) {
            try await downloader.download(uri, to: "\(directory)/file", byteLimit: limit)
        }
        #expect(error?.code == code)
        #expect(text("\(directory)/file") == "old")
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["file"])
        return error?.message ?? ""
    }

    @Test func `A file is downloaded, over a redirect too, and replaces the one that was there`() async throws {
        try await withServer { server, directory in
            try await downloader.download(server.uri("file"), to: "\(directory)/file", byteLimit: 7)
            try await downloader.download(server.uri("moved"), to: "\(directory)/other", byteLimit: 7)
            #expect(text("\(directory)/file") == "one two")
            #expect(text("\(directory)/other") == "one two")
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory).sorted() == ["file", "other"])
        }
    }

    @Test func `A file larger than the limit is refused, and nothing of it stays`() async throws {
        try await withServer { server, directory in
            let uri = server.uri("file")
            let sentence = try await expectFailure(.tooLarge, uri, in: directory, limit: 6)
            #expect(sentence == "The remote file \(uri) is larger than the limit of 6 bytes.")
        }
    }

    @Test func `What the server says is in the error`() async throws {
        try await withServer { server, directory in
            let uri = server.uri("nothing")
            let sentence = try await expectFailure(.failed, uri, in: directory)
            #expect(sentence == "The remote file \(uri) could not be downloaded: 404 Not Found.")
        }
    }

    @Test func `A download that breaks off is an error that names the file`() async throws {
        try await withServer { server, directory in
            let uri = server.uri("broken")
            let sentence = try await expectFailure(.failed, uri, in: directory)
            #expect(
                sentence == "The remote file \(uri) could not be downloaded: the connection was closed before the "
                    + "whole answer had come."
            )
        }
    }

    @Test func `A server that is not there is an error that names the file`() async throws {
        let uri = "http://127.0.0.1:\(try await LocalServer.deadPort())/file"
        try await withServer { _, directory in
            let sentence = try await expectFailure(.failed, uri, in: directory)
            #expect(sentence.hasPrefix("The remote file \(uri) could not be downloaded: "))
        }
    }

    @Test(arguments: ["ftp://host/file", "/etc/passwd", "git@host:file", "", "HTTPS:file"])
    func `An unknown scheme is refused`(uri: String) async throws {
        try await withServer { _, directory in
            let sentence = try await expectFailure(.invalidArgument, uri, in: directory)
            #expect(sentence == "The remote file \(uri) has no known scheme. Known: http, https, file.")
        }
    }

    @Test(arguments: [0, 10])
    func `A server that sends next to nothing is given up, however long it goes on`(bytes: Int) async throws {
        let route = Route.get("trickle") { _ in
            .stream(
                AsyncThrowingStream { continuation in
                    continuation.yield([UInt8](repeating: 1, count: bytes))
                },
                contentType: "x/y"
            )
        }
        let strict = RemoteFileDownloader(limits: DownloadLimits(period: .seconds(1), leastBytes: 100))
        try await withScratchDirectory { directory in
            try await LocalServer.serve([route]) { server in
                let uri = server.uri("trickle")
                let message = await #expect(throws: ClusterRunnerError.self) {
                    try await strict.download(uri, to: "\(directory)/file", byteLimit: 1000)
                }?.message
                let begin = "The remote file \(uri) could not be downloaded: only "
                // The first bytes may arrive in the period before.
                let sentences = [0, bytes].map { "\(begin)\($0) bytes came within 1 s." }
                #expect(sentences.contains(message ?? ""), "\(message ?? "no error")")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory).isEmpty)
        }
    }

    @Test func `A download that takes too long is given up, although enough comes`() async throws {
        let patient = RemoteFileDownloader(
            limits: DownloadLimits(total: .milliseconds(500), period: .seconds(10), leastBytes: 0)
        )
        let route = Route.get("endless") { _ in .stream(AsyncThrowingStream { _ in }, contentType: "x/y") }
        try await withScratchDirectory { directory in
            try await LocalServer.serve([route]) { server in
                let uri = server.uri("endless")
                let error = await #expect(throws: ClusterRunnerError.self) {
                    try await patient.download(uri, to: "\(directory)/file", byteLimit: 1000)
                }
                #expect(
                    error?.message == "The remote file \(uri) could not be downloaded: it took longer than 0 s."
                )
            }
        }
    }

    @Test func `A canceled download leaves nothing`() async throws {
        let (calls, continuation) = AsyncStream<Void>.makeStream()
        let route = Route.get("slow") { request in
            continuation.yield()
            await OneShotSignal().wait()
            return try request.respond()
        }
        try await withScratchDirectory { directory in
            try await LocalServer.serve([route]) { server in
                await withTaskGroup(of: Void.self) { group in
                    group.addTask {
                        _ = await #expect(throws: (any Error).self) {
                            try await downloader.download(server.uri("slow"), to: "\(directory)/file", byteLimit: 7)
                        }
                    }
                    for await _ in calls { break }
                    group.cancelAll()
                }
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory).isEmpty)
        }
    }
}

// MARK: Files of the machine

extension RemoteFileDownloaderTests {
    @Test func `A file of the machine is copied, whatever its name`() async throws {
        try await withScratchDirectory { directory in
            try "text".write(toFile: "\(directory)/a b%.txt", atomically: true, encoding: .utf8)
            let uri = "file://\(directory)/a%20b%25.txt"
            try await downloader.download(uri, to: "\(directory)/copy", byteLimit: 4)
            #expect(text("\(directory)/copy") == "text")
        }
    }

    @Test func `A file of the machine keeps to the limit, too`() async throws {
        try await withServer { _, directory in
            let uri = "file:///proc/self/exe"
            let sentence = try await expectFailure(.tooLarge, uri, in: directory, limit: 1 << 20)
            #expect(sentence == "The remote file \(uri) is larger than the limit of 1048576 bytes.")
        }
    }

    @Test(arguments: [
        "file:///no/such/file": "No such file or directory", "file:///tmp": "it is a directory, not a regular file",
        "file://": "it names no file", "file:///dev/zero": "it is a device, not a regular file",
        "file:///proc/self/environ": "it is a file of /proc, not a regular file",
    ])
    func `What is no file cannot be read`(uri: String, reason: String) async throws {
        try await withServer { _, directory in
            let sentence = try await expectFailure(.failed, uri, in: directory)
            #expect(sentence == "The remote file \(uri) cannot be read: \(reason).")
        }
    }

    @Test func `A named pipe that nobody writes to is refused, and not waited for`() async throws {
        try await withScratchDirectory { directory in
            mkfifo("\(directory)/pipe", 0o600)
            let uri = "file://\(directory)/pipe"
            let error = await #expect(throws: ClusterRunnerError.self) {
                try await downloader.download(uri, to: "\(directory)/file", byteLimit: 7)
            }
            #expect(
                error?.message == "The remote file \(uri) cannot be read: it is a named pipe, not a regular file."
            )
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root can act for another user"))
    func `A file of the machine is read with the rights of the user who must be able to`() async throws {
        try await withScratchDirectory { directory in
            chmod(directory, 0o755)
            let source = "\(directory)/source"
            try "text".write(toFile: source, atomically: true, encoding: .utf8)
            let user = JobUser(name: "tester", userID: 54_321, groupID: 54_322, groups: [54_322], home: "/")
            let downloader = RemoteFileDownloader(reader: user)
            chmod(source, 0o600)
            let error = await #expect(throws: ClusterRunnerError.self) {
                try await downloader.download("file://\(source)", to: "\(directory)/copy", byteLimit: 9)
            }
            #expect(error?.message == "The remote file file://\(source) cannot be read: Permission denied.")
            #expect(text("\(directory)/copy") == nil)
            chmod(source, 0o644)
            try await downloader.download("file://\(source)", to: "\(directory)/copy", byteLimit: 9)
            #expect(text("\(directory)/copy") == "text")
        }
    }

    @Test func `A place where nothing can be written is named`() async throws {
        let error = await #expect(throws: ClusterRunnerError.self) {
            try await downloader.download("file:///etc/passwd", to: "/no/such/folder/file", byteLimit: 1)
        }
        #expect(error?.message.hasPrefix("Cannot write /no/such/folder/file.") == true)
    }

    @Test func `Credentials of a URL go to its own server and to no other`() async throws {
        let heard = Lock([String]())
        let show = Route.get("file") { request in
            heard.withLock { $0.append(request.request.headers[.authorization] ?? "nothing") }
            return .stream(pieces(["x"]), contentType: "x/y")
        }
        try await withScratchDirectory { directory in
            try await LocalServer.serve([show]) { other in
                let target = other.uri("file")
                let routes = [
                    show, Route.get("near") { _ in Response(status: .found, headers: [.location: "/file"]) },
                    Route.get("far") { _ in Response(status: .found, headers: [.location: target]) },
                ]
                try await LocalServer.serve(routes) { server in
                    for path in ["file", "near", "far"] {
                        let uri = "http://u:p@127.0.0.1:\(server.port)/\(path)"
                        try await downloader.download(uri, to: "\(directory)/\(path)", byteLimit: 7)
                    }
                }
            }
        }
        #expect(heard.withLock { $0 } == ["Basic dTpw", "Basic dTpw", "nothing"])
    }

    @Test(arguments: ["file:///etc/passwd", "ftp://host/x", "http://"])
    func `A redirection leads nowhere but to another server`(target: String) async throws {
        let route = Route.get("moved") { _ in Response(status: .found, headers: [.location: target]) }
        try await withScratchDirectory { directory in
            try await LocalServer.serve([route]) { server in
                let error = await #expect(throws: ClusterRunnerError.self) {
                    try await downloader.download(server.uri("moved"), to: "\(directory)/x", byteLimit: 7)
                }
                let uri = server.uri("moved")
                #expect(error?.message == "\(uri) redirects to \(target), which is no http or https URL.")
            }
        }
    }

    @Test func `Redirections that never end are given up`() async throws {
        let route = Route.get("moved") { _ in Response(status: .found, headers: [.location: "/moved"]) }
        try await withScratchDirectory { directory in
            try await LocalServer.serve([route]) { server in
                let error = await #expect(throws: ClusterRunnerError.self) {
                    try await downloader.download(server.uri("moved"), to: "\(directory)/x", byteLimit: 7)
                }
                #expect(error?.message.hasSuffix("is the end of 5 redirections; no more are followed.") == true)
            }
        }
    }
}
