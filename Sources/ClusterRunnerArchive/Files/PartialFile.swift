import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation

/// A file under a temporary name beside its final one, to which it is renamed when it is complete.
///
/// Readers of the final path find the old file or the new one, never a part of it. An uncommitted file is removed.
final class PartialFile {
    private let path: String
    private let partialPath: String
    private let file: OpenFile
    private var isCommitted = false

    init(path: String) throws {
        self.path = path
        partialPath = "\(path).partial-\(String(UInt64.random(in: .min ... .max), radix: 16))"
        file = try ClusterRunnerError.explaining("The archive \"\(path)\" cannot be created") {
            [partialPath] () throws(SystemFault) in
            try OpenFile(partialPath, O_WRONLY | O_CREAT | O_EXCL, permissions: 0o666)
        }
    }

    deinit {
        if !isCommitted { unlink(partialPath) }
    }

    /// The number of bytes that this user may still write to the disk; nil when unknown.
    var room: Int? {
        var status = statvfs()
        guard fstatvfs(file.descriptor, &status) == 0 else { return nil }
        return Int(status.f_bavail) * Int(status.f_frsize)
    }

    func write(_ bytes: [UInt8]) throws {
        try ClusterRunnerError.explaining("The archive \"\(path)\" cannot be written") { () throws(SystemFault) in
            try file.writeAll(bytes)
        }
    }

    func commit() throws {
        guard rename(partialPath, path) == 0 else {
            throw ClusterRunnerError.system(SystemFault(errno), "The archive \"\(path)\" cannot be created")
        }
        isCommitted = true
    }
}
