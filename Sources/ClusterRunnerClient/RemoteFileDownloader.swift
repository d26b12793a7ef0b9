import AsyncHTTPClient
public import ClusterRunnerCore
import Foundation
import NIOCore
import NIOHTTP1

/// Downloads over http, https, and from the machine's own file system.
public struct RemoteFileDownloader: FileDownloader {
    private let timeout: Duration

    /// Creates a downloader; `timeout` is how long a server may take to begin its answer.
    public init(timeout: Duration = .seconds(30)) {
        self.timeout = timeout
    }

    public func download(_ uri: String, to path: String, byteLimit: Int) async throws {
        let partial = "\(path).\(UUID().uuidString).partial"
        do {
            try await fetch(uri, into: partial, byteLimit)
            guard rename(partial, path) == 0 else {
                throw ClusterRunnerError(.failed, "Cannot write \(path): \(systemMessage(errno)).")
            }
        } catch {
            unlink(partial)
            throw error
        }
    }

    private func fetch(_ uri: String, into path: String, _ limit: Int) async throws {
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let file = FileHandle(forWritingAtPath: path)
        else { throw ClusterRunnerError(.failed, "Cannot write \(path).") }
        defer { try? file.close() }
        if uri.hasPrefix("file://") {
            try copy(uri, to: file, limit)
        } else if uri.hasPrefix("http://") || uri.hasPrefix("https://") {
            try await fetchOverHTTP(uri, to: file, limit)
        } else {
            throw ClusterRunnerError(
                .invalidArgument,
                "The remote file \(uri) has no known scheme. Known: http, https, file."
            )
        }
    }

    private func copy(_ uri: String, to file: FileHandle, _ limit: Int) throws {
        var isDirectory: ObjCBool = false
        guard let path = URL(string: uri)?.path,
            FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), !isDirectory.boolValue,
            let source = FileHandle(forReadingAtPath: path)
        else {
            throw ClusterRunnerError(.failed, "The remote file \(uri) cannot be read.")
        }
        defer { try? source.close() }
        var count = 0
        while let data = try source.read(upToCount: 256 << 10), !data.isEmpty {
            count += data.count
            try check(count, limit, uri)
            try write(data, of: uri, to: file)
        }
    }

    private func fetchOverHTTP(_ uri: String, to file: FileHandle, _ limit: Int) async throws {
        var configuration = HTTPClient.Configuration()
        // A refused connection is an answer: whoever waits for the file learns of it at once.
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            try await fetchOverHTTP(uri, to: file, limit, client)
        } catch {
            try await client.shutdown()
            throw error
        }
        try await client.shutdown()
    }

    private func fetchOverHTTP(_ uri: String, to file: FileHandle, _ limit: Int, _ client: HTTPClient) async throws {
        let response: HTTPClientResponse
        do {
            response = try await client.execute(HTTPClientRequest(url: uri), timeout: TimeAmount(timeout))
        } catch let error where !(error is CancellationError) {
            throw ClusterRunnerError(.failed, "The remote file \(uri) could not be downloaded: \(error).", cause: error)
        }
        guard response.status == .ok else {
            throw ClusterRunnerError(.failed, "The remote file \(uri) could not be downloaded: \(response.status).")
        }
        var count = 0
        do {
            for try await buffer in response.body {
                count += buffer.readableBytes
                try check(count, limit, uri)
                try write(Data(buffer.readableBytesView), of: uri, to: file)
            }
        } catch let error where !(error is CancellationError || error is ClusterRunnerError) {
            throw ClusterRunnerError(.failed, "The remote file \(uri) could not be downloaded: \(error).", cause: error)
        }
    }

    private func write(_ data: Data, of uri: String, to file: FileHandle) throws {
        do {
            try file.write(contentsOf: data)
        } catch {
            throw ClusterRunnerError("The remote file \(uri) could not be kept", because: error)
        }
    }

    private func check(_ count: Int, _ limit: Int, _ uri: String) throws {
        guard count <= limit else {
            throw ClusterRunnerError(.tooLarge, "The remote file \(uri) is larger than the limit of \(limit) bytes.")
        }
    }
}
