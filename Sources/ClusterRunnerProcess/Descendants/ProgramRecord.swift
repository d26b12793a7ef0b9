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
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = read(file, &bytes, bytes.count)
        guard count > 0 else { return nil }
        let program = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != 0 }, as: UTF8.self)
        return program.utf8.count == 16 && program.allSatisfy(\.isHexDigit) ? program : nil
    }

    /// Replaces that program.
    func write(_ program: String) throws {
        let fresh = path + ".new"
        let file = openAboveStandard(fresh, flags: O_CREAT | O_TRUNC | O_WRONLY | O_NOFOLLOW)
        guard file >= 0 else { throw Self.failure(fresh, -file) }
        defer { close(file) }
        let text = program + "\n"
        guard Glibc.write(file, text, text.utf8.count) == text.utf8.count, rename(fresh, path) == 0 else {
            throw Self.failure(path, errno)
        }
    }

    private static func failure(_ path: String, _ number: Int32) -> ClusterRunnerError {
        ClusterRunnerError(.failed, "Cannot write \(path): \(systemMessage(number)).")
    }
}
