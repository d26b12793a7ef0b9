import ClusterRunnerPlugin
import ClusterRunnerTesting
import Foundation
import Testing

@testable import ClusterRunnerSlave

@Suite(.timeLimit(.minutes(10))) struct OutputCapTests {
    private static let limit = 1 << 20

    /// Makes lines of 16 bytes, each with its number.
    private func lines(_ count: Int, from first: Int = 0) -> Data {
        let lines = (first..<first + count).map { String(repeating: "0", count: 15 - "\($0)".count) + "\($0)\n" }
        return Data(lines.joined().utf8)
    }

    /// Returns the bytes of a file outside of holes.
    private func spaceOnDisk(_ path: String) throws -> Int {
        let (seekData, seekHole): (Int32, Int32) = (3, 4)
        let file = open(path, O_RDONLY | O_CLOEXEC)
        try #require(file >= 0)
        defer { close(file) }
        var (sum, place) = (0, lseek(file, 0, seekData))
        while place >= 0 {
            let end = lseek(file, place, seekHole)
            sum += Int(end - place)
            place = lseek(file, end, seekData)
        }
        return sum
    }

    private func take(_ data: Data, limit: Int? = limit) async throws -> [UInt8] {
        try await withScratchDirectory { directory in
            try data.write(to: URL(fileURLWithPath: "\(directory)/f"))
            try OutputCap(limit: limit, executors: 1).take("\(directory)/f", to: "\(directory)/g", executor: 0)
            #expect(!FileManager.default.fileExists(atPath: "\(directory)/f"))
            return Array(try Data(contentsOf: URL(fileURLWithPath: "\(directory)/g")))
        }
    }

    @Test func `An output within the limit, or hardly longer, is left as it is`() async throws {
        for size in [0, 16, Self.limit, Self.limit + OutputCap.slack] {
            let data = lines(size / 16)
            #expect(try await take(data) == Array(data))
        }
        let long = lines(Self.limit / 4)
        #expect(try await take(long, limit: nil) == Array(long), "without a limit all is kept")
    }

    @Test func `An output is never moved through a link in the place of its directory`() async throws {
        try await withScratchDirectory { directory in
            try lines(1).write(to: URL(fileURLWithPath: "\(directory)/f"))
            mkdir("\(directory)/elsewhere", 0o700)
            symlink("\(directory)/elsewhere", "\(directory)/link")
            #expect(throws: ClusterRunnerError.self) {
                try OutputCap(limit: nil, executors: 1).take("\(directory)/f", to: "\(directory)/link/g", executor: 0)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(directory)/elsewhere").isEmpty)
        }
    }

    @Test func `A longer one keeps its beginning and its end, around a line that says what is missing`() async throws {
        let count = 5 * Self.limit / 16
        let output = try await take(lines(count))
        let half = Self.limit / 2
        // The first line that begins in the last half is whole; the one before it does not count.
        let cut = count * 16 - Self.limit + 16
        let note = "[ClusterRunner: \(cut) bytes are cut here; the limit is max_console_mb = 1 of the slave.]\n"
        let expected = lines(half / 16) + Data(note.utf8) + lines(half / 16 - 1, from: count - half / 16 + 1)
        #expect(output == Array(expected))
    }

    @Test func `A beginning that ends within a line is ended, and a line without end is cut anywhere`() async throws {
        let data = Data(repeating: UInt8(ascii: "x"), count: 3 * Self.limit)
        let output = try await take(data)
        let half = Self.limit / 2
        let note = "\n" + OutputCap.note(cut: 2 * Self.limit, limit: Self.limit)
        #expect(output.count == Self.limit + note.utf8.count)
        #expect(Array(output[half..<half + note.utf8.count]) == Array(note.utf8))
    }

    @Test func `While a command writes, the space in the middle is given back again and again`() async throws {
        try await withScratchDirectory { directory in
            let (path, target) = ("\(directory)/f", "\(directory)/g")
            let cap = OutputCap(limit: Self.limit, executors: 1)
            try Data().write(to: URL(fileURLWithPath: path))
            let file = try #require(FileHandle(forWritingAtPath: path))
            let perRound = 4 * Self.limit / 16
            for round in 0..<8 {
                try file.seekToEnd()
                try file.write(contentsOf: lines(perRound, from: round * perRound))
                cap.relieve(path, executor: 0)
                #expect(try spaceOnDisk(path) <= Self.limit + (256 << 10), "after \(round + 1) times 4 MiB")
            }
            try file.close()
            try cap.take(path, to: target, executor: 0)
            let output = Array(try Data(contentsOf: URL(fileURLWithPath: target)))
            #expect(output.count <= Self.limit + 256)
            #expect(output.starts(with: lines(100)))
            #expect(output.suffix(1600) == Array(lines(100, from: 8 * perRound - 100))[...])
            #expect(!output.contains(0), "nothing of a hole is left")
        }
    }

    @Test func `Nothing is done to what is within the limit, or not there`() async throws {
        try await withScratchDirectory { directory in
            let path = "\(directory)/f"
            let data = lines(Self.limit / 16)
            try data.write(to: URL(fileURLWithPath: path))
            let cap = OutputCap(limit: Self.limit, executors: 2)
            cap.relieve(path, executor: 1)
            cap.relieve("\(directory)/none", executor: 0)
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == data)
        }
    }
}
