import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc

/// The file that names the program whose commands run for a directory.
///
/// Written once, and not for each command: the mark finds the processes of all of them.
struct ProgramRecord: Sendable {
    private let path: String

    init(directory: String) {
        path = "\(directory)/commands"
    }

    /// The program that ran commands before.
    var earlierProgram: String? {
        guard let file = try? OpenFile(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK),
            let bytes = try? file.readToEnd(limit: 64)
        else { return nil }
        let program = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != 0 }, as: UTF8.self)
        return program.utf8.count == 16 && program.allSatisfy(\.isHexDigit) ? program : nil
    }

    /// Replaces that program.
    func write(_ program: String) throws {
        let fresh = path + ".new"
        let flags = O_CREAT | O_TRUNC | O_WRONLY | O_NOFOLLOW
        let file = try attempting("Cannot write \(fresh)", code: .failed) {
            try OpenFile.aboveStandardStreams(fresh, flags, permissions: 0o644)
        }
        try attempting("Cannot write \(path)", code: .failed) {
            try file.writeAll("\(program)\n".utf8)
            try retryingInterrupts { rename(fresh, path) }
        }
    }
}
