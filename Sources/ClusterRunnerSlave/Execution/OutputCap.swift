import ClusterRunnerConcurrency
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation

/// The size limit of atoms' outputs, which keeps their beginnings and ends.
///
/// A command writes to its file directly, so that most atoms cost nothing. For a file beyond the limit, the disk space
/// in the middle is freed while the command continues to write. After its end, the remaining parts are joined around a
/// line that tells how much was cut.
final class OutputCap: Sendable {
    /// The maximum bytes of an output; nil keeps all.
    let limit: Int?
    /// Serialises the work on each executor's file.
    private let turns: [Turn]

    private final class Turn: Sendable {
        let lock = Lock(())
    }

    /// The excess that is left uncut, so that the moved part does not overlap the part that is read.
    static let slack = 4096
    /// The distance within which the beginning of a line is searched, to keep whole lines of the end.
    private static let longestSearch = 64 << 10
    private static let pieceSize = 1 << 20

    /// Creates the limit for a slave with a number of executors.
    init(limit: Int?, executors: Int) {
        self.limit = limit
        turns = (0..<max(1, executors)).map { _ in Turn() }
    }

    /// The bytes of the beginning that are never cut; nil keeps all.
    var head: Int? { limit.map { $0 / 2 } }

    private func turn(_ executor: Int) -> Turn { turns[executor % turns.count] }
}

// MARK: While the command writes

extension OutputCap {
    /// Frees the space in the middle of an executor's output, if it is large.
    ///
    /// On a file system without holes nothing happens: the output is cut when it is complete.
    func relieve(_ path: String, executor: Int) {
        guard let limit, let head else { return }
        turn(executor).lock.withLock { _ in
            let file = open(path, O_RDWR | O_CLOEXEC)
            guard file >= 0 else { return }
            defer { close(file) }
            let size = Int(lseek(file, 0, SEEK_END))
            guard size > limit + Self.slack else { return }
            // Space that was freed before has no data.
            let seekData: Int32 = 3
            let begin = max(Self.roundedUp(head), Int(lseek(file, off_t(Self.roundedUp(head)), seekData)))
            Self.release(file, begin..<max(begin, Self.roundedDown(size - (limit - head) - Self.longestSearch)))
        }
    }

    private static let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))
    private static func roundedDown(_ offset: Int) -> Int { max(0, offset / pageSize * pageSize) }
    private static func roundedUp(_ offset: Int) -> Int { roundedDown(offset + pageSize - 1) }

    /// Makes a hole in a file.
    private static func release(_ file: Int32, _ range: Range<Int>) {
        guard !range.isEmpty else { return }
        let pages = mmap(nil, range.count, PROT_READ | PROT_WRITE, MAP_SHARED, file, off_t(range.lowerBound))
        guard let pages, pages != MAP_FAILED else { return }
        madvise(pages, range.count, MADV_REMOVE)
        munmap(pages, range.count)
    }
}

// MARK: When it has ended

extension OutputCap {
    /// Cuts the middle out of an executor's output if it is too long, and moves the output to another path.
    func take(_ path: String, to target: String, executor: Int) throws {
        try turn(executor).lock.withLock { _ in
            if let limit { try cut(path, limit) }
            try Self.move(path, to: target)
        }
    }

    /// Renames into a directory that a command can replace, never through a link in its place.
    private static func move(_ path: String, to target: String) throws {
        let parts = target.split(separator: "/", omittingEmptySubsequences: false)
        let folder = parts.dropLast().joined(separator: "/")
        let directory = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard directory >= 0, let name = parts.last else { throw failure(errno) }
        defer { close(directory) }
        guard renameat(AT_FDCWD, path, directory, String(name)) == 0 else { throw failure(errno) }
    }

    private func cut(_ path: String, _ limit: Int) throws {
        let file = open(path, O_RDWR | O_CLOEXEC)
        guard file >= 0 else { throw Self.failure(errno) }
        defer { close(file) }
        let size = Int(lseek(file, 0, SEEK_END))
        let head = limit / 2
        guard size > limit + Self.slack else { return }
        let tail = try beginningOfLine(after: size - (limit - head), in: file)
        let isWholeLine = try Self.read(file, at: head - 1, count: 1) == [UInt8(ascii: "\n")]
        let note = (isWholeLine ? "" : "\n") + Self.note(cut: tail - head, limit: limit)
        try Self.write(Array(note.utf8), to: file, at: head)
        var (source, target) = (tail, head + note.utf8.count)
        while source < size {
            let piece = try Self.read(file, at: source, count: min(Self.pieceSize, size - source))
            guard !piece.isEmpty else { break }
            try Self.write(piece, to: file, at: target)
            source += piece.count
            target += piece.count
        }
        guard ftruncate(file, off_t(target)) == 0 else { throw Self.failure(errno) }
    }

    /// Makes the line in place of the cut part.
    static func note(cut count: Int, limit: Int) -> String {
        "[ClusterRunner: \(count) bytes are cut here; the limit is max_console_mb = \(limit >> 20) of the slave.]\n"
    }

    /// Returns the begin of the first line after an offset; the offset itself when that is far away.
    private func beginningOfLine(after offset: Int, in file: Int32) throws -> Int {
        let bytes = try Self.read(file, at: offset, count: Self.longestSearch)
        return bytes.firstIndex(of: UInt8(ascii: "\n")).map { offset + $0 + 1 } ?? offset
    }

    private static func read(_ file: Int32, at offset: Int, count: Int) throws -> [UInt8] {
        let (bytes, failure) = readBytes(of: file, at: offset, count: count)
        if let failure { throw Self.failure(failure) }
        return bytes
    }

    private static func write(_ bytes: [UInt8], to file: Int32, at offset: Int) throws {
        var done = 0
        while done < bytes.count {
            let more = bytes.withUnsafeBytes { buffer in
                pwrite(file, buffer.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset + done))
            }
            if more < 0, errno == EINTR { continue }
            guard more > 0 else { throw Self.failure(errno) }
            done += more
        }
    }

    private static func failure(_ number: Int32) -> ClusterRunnerError {
        ClusterRunnerError(.failed, "The console output could not be kept: \(systemMessage(number)).")
    }
}
