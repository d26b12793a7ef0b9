import AsyncHTTPClient
import ClusterRunnerConcurrency
import ClusterRunnerFiles
package import ClusterRunnerPlugin
import Foundation
import NIOCore
import NIOHTTP1

/// Downloads over http, https, and from the local file system.
package struct RemoteFileDownloader: FileDownloader {
    private let limits: DownloadLimits
    private let reader: JobUser?

    /// Creates a downloader; `reader` is the user that must be able to read local files, if it is not this process's.
    package init(limits: DownloadLimits = DownloadLimits(), reader: JobUser? = nil) {
        self.limits = limits
        self.reader = reader
    }

    package func download(_ uri: String, to path: String, byteLimit: Int) async throws {
        let partial = "\(path).\(UUID.random().uuidString).partial"
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

    private func fetch(_ uri: String, into path: String, _ byteLimit: Int) async throws {
        if uri.hasPrefix("file://") {
            try await copy(uri, to: path, byteLimit)
        } else if uri.hasPrefix("http://") || uri.hasPrefix("https://") {
            let target = try DownloadTarget(uri: uri, path: path, byteLimit: byteLimit)
            try await fetchOverHTTP(uri, to: target)
        } else {
            throw ClusterRunnerError(
                .invalidArgument,
                "The remote file \(uri) has no known scheme. Known: http, https, file."
            )
        }
    }

    private var isTooSlow: String {
        "it took longer than \(limits.total.components.seconds) s"
    }
}

// MARK: Files of the machine

extension RemoteFileDownloader {
    private func copy(_ uri: String, to path: String, _ byteLimit: Int) async throws {
        guard let source = URL(string: uri)?.path, !source.isEmpty else {
            throw Self.unreadable(uri, "it names no file")
        }
        // A remote file system may not answer.
        try await blocking(within: limits.total, orThrow: Self.unreadable(uri, isTooSlow)) { [reader] isGivenUp in
            try Self.copy(source, as: reader, uri, to: path, byteLimit, unless: isGivenUp)
        }
    }

    private static func copy(
        _ source: String,
        as reader: JobUser?,
        _ uri: String,
        to path: String,
        _ byteLimit: Int,
        unless isGivenUp: () -> Bool
    ) throws {
        do {
            let file = try reader.act { try RegularFile(source) }
            guard !isGivenUp() else { return }
            let target = try DownloadTarget(uri: uri, path: path, byteLimit: byteLimit)
            guard file.size <= byteLimit else { throw DownloadTarget.tooLarge(uri, byteLimit) }
            var offset = 0
            while !isGivenUp() {
                let bytes = try file.bytes(from: offset, count: 256 << 10)
                guard !bytes.isEmpty else { return }
                offset += bytes.count
                try target.write(Data(bytes))
            }
        } catch let fault as RegularFile.Fault {
            throw unreadable(uri, "\(fault)")
        }
    }

    private static func unreadable(_ uri: String, _ reason: String) -> ClusterRunnerError {
        ClusterRunnerError(.failed, "The remote file \(uri) cannot be read: \(clause: reason).")
    }
}

// MARK: Files of servers

extension RemoteFileDownloader {
    private func fetchOverHTTP(_ uri: String, to target: DownloadTarget) async throws {
        var configuration = HTTPClient.Configuration()
        // A refused connection is an answer, of which the waiter learns at once.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.redirectConfiguration = .disallow
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await fetchOverHTTP(uri, to: target, client) }
                group.addTask { try await watch(target) }
                defer { group.cancelAll() }
                try await group.next()
            }
        } catch {
            try await client.shutdown()
            throw error
        }
        try await client.shutdown()
    }

    /// Throws when too few bytes arrive or the whole takes too long.
    private func watch(_ target: DownloadTarget) async throws {
        let end = ContinuousClock.now + limits.total
        var before = 0
        while ContinuousClock.now < end {
            try await Task.sleep(until: min(end, .now + limits.period), clock: .continuous)
            guard let count = target.count else { continue }
            guard count - before >= limits.leastBytes || ContinuousClock.now >= end else {
                let seconds = limits.period.components.seconds
                throw Self.failed(target.uri, "only \(count - before) bytes came within \(seconds) s")
            }
            before = count
        }
        throw Self.failed(target.uri, isTooSlow)
    }

    private func follow(_ uri: String, _ client: HTTPClient) async throws -> HTTPClientResponse {
        var request = try DownloadRequest(uri)
        while true {
            let response = try await client.execute(request.message, timeout: TimeAmount(limits.answer))
            guard let next = try request.next(response) else { return response }
            request = next
        }
    }

    private func fetchOverHTTP(_ uri: String, to target: DownloadTarget, _ client: HTTPClient) async throws {
        do {
            let response = try await follow(uri, client)
            guard response.status == .ok else { throw Self.failed(uri, "\(response.status)") }
            target.begin()
            for try await buffer in response.body { try target.write(Data(buffer.readableBytesView)) }
        } catch let error where !(error is CancellationError || error is ClusterRunnerError) {
            throw Self.failed(uri, ConnectionFailure(error).reason, cause: error)
        }
    }

    private static func failed(_ uri: String, _ reason: String, cause: (any Error)? = nil) -> ClusterRunnerError {
        ClusterRunnerError(.failed, "The remote file \(uri) could not be downloaded: \(clause: reason).", cause: cause)
    }
}
