import ClusterRunnerPlugin
import ClusterRunnerTesting
import Foundation
import Testing

@testable import ClusterRunnerMaster

@Suite(.timeLimit(.minutes(10))) struct IndexedConsoleTests {
    private func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    private func open(_ path: String, isWhole: Bool = true) throws -> IndexedConsole {
        try IndexedConsole(path: path, index: "\(path).index", isWhole: isWhole)
    }

    private func text(_ excerpt: ConsoleExcerpt) -> String { String(decoding: excerpt.content, as: UTF8.self) }

    private func numbers(_ excerpt: ConsoleExcerpt) -> [Int] { [excerpt.offset, excerpt.count, excerpt.total] }

    @Test(arguments: [
        (Int?.none, 2, "b\nc", [1, 2, 3]), (0, 1, "a\n", [0, 1, 3]), (1, 9, "b\nc", [1, 2, 3]), (9, 5, "", [3, 0, 3]),
        (2, Int.max, "c", [2, 1, 3]), (Int.max, Int.max, "", [3, 0, 3]),
    ])
    func `Lines are cut out as asked`(offset: Int?, maxLines: Int, content: String, expected: [Int]) async throws {
        try await withScratchDirectory { directory in
            try write("a\nb\nc", to: "\(directory)/f")
            let excerpt = try open("\(directory)/f").excerpt(offset: offset, maxLines: maxLines)
            #expect(text(excerpt) == content)
            #expect(numbers(excerpt) == expected)
        }
    }

    @Test func `A last line without a newline counts once no more can come`() async throws {
        try await withScratchDirectory { directory in
            try write("a\nb", to: "\(directory)/f")
            let running = try open("\(directory)/f", isWhole: false).excerpt(offset: nil, maxLines: 5)
            #expect(text(running) == "a\n" && numbers(running) == [0, 1, 1])
            let done = try open("\(directory)/f").excerpt(offset: nil, maxLines: 5)
            #expect(text(done) == "a\nb" && numbers(done) == [0, 2, 2])
            try write("", to: "\(directory)/f")
            #expect(numbers(try open("\(directory)/f").excerpt(offset: nil, maxLines: 5)) == [0, 0, 0])
        }
    }

    /// Makes a file of half a gigabyte, most of it a hole: 1,000 lines, one very long one, and 1,000 lines.
    private func makeLargeFile(_ path: String) throws -> Int {
        let lines = Data((0..<1000).map { "line \($0)\n" }.joined().utf8)
        try lines.write(to: URL(fileURLWithPath: path))
        let file = try #require(FileHandle(forWritingAtPath: path))
        try file.seek(toOffset: 512 << 20)
        try file.write(contentsOf: Data("\n".utf8) + lines)
        try file.close()
        return (512 << 20) + 1 + lines.count
    }

    @Test func `Of a file of half a gigabyte little is read, once its lines were counted`() async throws {
        try await withScratchDirectory { directory in
            let path = "\(directory)/f"
            let size = try makeLargeFile(path)
            let first = try open(path)
            #expect(first.lines == 2001 && first.bytesRead == size)
            for (offset, line) in [(Int?.none, "line 950\n"), (1951, "line 950\n"), (20, "line 20\n")] {
                let console = try open(path)
                let excerpt = try console.excerpt(offset: offset, maxLines: 50)
                #expect(text(excerpt).hasPrefix(line))
                #expect(excerpt.count == 50 && excerpt.total == 2001)
                #expect(console.bytesRead < 4 * LineIndex.blockSize, "\(console.bytesRead)")
            }
            // Output that cannot be sent at once is cut, wherever it begins.
            let long = try open(path)
            let cut = try long.excerpt(offset: 999, maxLines: 50)
            #expect(text(cut) == "line 999\n" && numbers(cut) == [999, 1, 2001])
            #expect(try long.excerpt(offset: 1000, maxLines: 1).content.count == IndexedConsole.excerptLimit)
            let last = try long.excerpt(offset: nil, maxLines: 2001)
            #expect(text(last).hasPrefix("line 0\n") && numbers(last) == [1001, 1000, 2001])
            #expect(long.bytesRead < 4 * IndexedConsole.excerptLimit)
        }
    }

    @Test func `Of a file that grows only what is new is read`() async throws {
        try await withScratchDirectory { directory in
            let path = "\(directory)/f"
            let block = String(repeating: "0123456789abcde\n", count: 3 * LineIndex.blockSize / 16)
            try write(block, to: path)
            #expect(try open(path, isWhole: false).lines == 3 * LineIndex.blockSize / 16)
            let file = try #require(FileHandle(forWritingAtPath: path))
            try file.seekToEnd()
            try file.write(contentsOf: Data("more\nand m".utf8))
            try file.close()
            let console = try open(path, isWhole: false)
            #expect(console.bytesRead == 10)
            #expect(text(try console.excerpt(offset: nil, maxLines: 1)) == "more\n")
        }
    }

    @Test func `The index of a file that was replaced is not used`() async throws {
        try await withScratchDirectory { directory in
            let path = "\(directory)/f"
            try write(String(repeating: "x\n", count: LineIndex.blockSize), to: path)
            #expect(try open(path).lines == LineIndex.blockSize)
            try write(String(repeating: "xyz\n", count: LineIndex.blockSize), to: path)
            #expect(try open(path).lines == LineIndex.blockSize)
            #expect(text(try open(path).excerpt(offset: 5, maxLines: 1)) == "xyz\n")
            try write("garbage", to: "\(path).index")
            #expect(try open(path).lines == LineIndex.blockSize)
        }
    }

    @Test func `An output that is gone is named`() {
        let error = #expect(throws: ClusterRunnerError.self) { try open("/no/where/f") }
        #expect(error?.message == "The console output no longer exists.")
    }
}
