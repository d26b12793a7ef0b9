import ClusterRunnerConcurrency
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation

/// The file that a download is written to, and the number of bytes received.
final class DownloadTarget: Sendable {
    let uri: String
    private let byteLimit: Int
    private let file: OpenFile
    /// The bytes received; nil before the server's answer begins.
    private let received = Lock<Int?>(nil)

    /// Creates the file.
    init(uri: String, path: String, byteLimit: Int) throws {
        guard let file = try? OpenFile(path, O_WRONLY | O_CREAT | O_TRUNC, permissions: 0o666) else {
            throw ClusterRunnerError(.failed, "Cannot write \(path).")
        }
        self.uri = uri
        self.byteLimit = byteLimit
        self.file = file
    }

    /// Makes the error of a file that exceeds the limit.
    static func tooLarge(_ uri: String, _ byteLimit: Int) -> ClusterRunnerError {
        ClusterRunnerError(.tooLarge, "The remote file \(uri) is larger than the limit of \(byteLimit) bytes.")
    }

    /// The bytes received; nil before the server's answer begins.
    var count: Int? { received.withLock { $0 } }

    /// Records the begin of the server's answer.
    func begin() { received.withLock { $0 = 0 } }

    /// Appends bytes.
    ///
    /// - Throws: ``ClusterRunnerError`` when there are too many bytes or they cannot be written.
    func write(_ data: Data) throws {
        let count = received.withLock { received in
            let count = (received ?? 0) + data.count
            received = count
            return count
        }
        guard count <= byteLimit else { throw Self.tooLarge(uri, byteLimit) }
        try attempting("The remote file \(uri) could not be kept") { try file.writeAll(data) }
    }
}
