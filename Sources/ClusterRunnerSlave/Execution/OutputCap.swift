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
            guard let file = try? OpenFile(path, O_RDWR), let size = try? file.status().size else { return }
            guard size > limit + Self.slack else { return }
            // Space that was freed before has no data.
            let seekData: Int32 = 3
            let begin = max(Self.roundedUp(head), Int(lseek(file.descriptor, off_t(Self.roundedUp(head)), seekData)))
            Self.release(file, begin..<max(begin, Self.roundedDown(size - (limit - head) - Self.longestSearch)))
        }
    }

    private static let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))
    private static func roundedDown(_ offset: Int) -> Int { max(0, offset / pageSize * pageSize) }
    private static func roundedUp(_ offset: Int) -> Int { roundedDown(offset + pageSize - 1) }

    /// Makes a hole in a file.
    private static func release(_ file: borrowing OpenFile, _ range: Range<Int>) {
        guard !range.isEmpty else { return }
        let offset = off_t(range.lowerBound)
        let pages = mmap(nil, range.count, PROT_READ | PROT_WRITE, MAP_SHARED, file.descriptor, offset)
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
            try attempting("The console output could not be kept", code: .failed) {
                if let limit { try cut(path, limit) }
                try Self.move(path, to: target)
            }
        }
    }

    /// Renames into a directory that a command can replace, never through a link in its place.
    private static func move(_ path: String, to target: String) throws(SystemFault) {
        let parts = target.split(separator: "/", omittingEmptySubsequences: false)
        let folder = parts.dropLast().joined(separator: "/")
        let directory = try OpenFile(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        try retryingInterrupts { renameat(AT_FDCWD, path, directory.descriptor, String(parts.last ?? "")) }
    }

    private func cut(_ path: String, _ limit: Int) throws(SystemFault) {
        let file = try OpenFile(path, O_RDWR)
        let size = try file.status().size
        let head = limit / 2
        guard size > limit + Self.slack else { return }
        let tail = try beginningOfLine(after: size - (limit - head), in: file)
        let isWholeLine = try file.bytes(from: head - 1, count: 1) == [UInt8(ascii: "\n")]
        let note = (isWholeLine ? "" : "\n") + Self.note(cut: tail - head, limit: limit)
        try file.writeAll(note.utf8, at: head)
        var (source, target) = (tail, head + note.utf8.count)
        while source < size {
            let piece = try file.bytes(from: source, count: min(Self.pieceSize, size - source))
            guard !piece.isEmpty else { break }
            try file.writeAll(piece, at: target)
            source += piece.count
            target += piece.count
        }
        try file.resize(to: target)
    }

    /// Makes the line in place of the cut part.
    static func note(cut count: Int, limit: Int) -> String {
        "[ClusterRunner: \(count) bytes are cut here; the limit is max_console_mb = \(limit >> 20) of the slave.]\n"
    }

    /// Returns the begin of the first line after an offset; the offset itself when that is far away.
    private func beginningOfLine(after offset: Int, in file: borrowing OpenFile) throws(SystemFault) -> Int {
        let bytes = try file.bytes(from: offset, count: Self.longestSearch)
        return bytes.firstIndex(of: UInt8(ascii: "\n")).map { offset + $0 + 1 } ?? offset
    }
}
