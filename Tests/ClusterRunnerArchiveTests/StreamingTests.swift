import ClusterRunnerArchive
import ClusterRunnerConcurrency
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation
import Testing

/// Archives made while they are read.
struct StreamingTests {
    typealias Entries = AsyncThrowingStream<[ArchiveEntry], any Error>

    let scratch: ScratchFolder
    let archiver = LibArchiver()

    init() throws {
        scratch = try ScratchFolder()
    }

    /// Entries without an end, which count themselves; `ended` finishes when no reader can ask for another.
    private final class EndlessEntries: Sendable {
        let count = Lock(0)
        let ended: AsyncStream<Never>
        private let signal: AsyncStream<Never>.Continuation

        init() {
            (ended, signal) = AsyncStream.makeStream()
        }

        func makeStream() -> Entries {
            let guardian = Guardian(signal)
            return Entries(unfolding: { [count = self.next] in
                defer { _ = guardian }
                return [ArchiveEntry(path: "file\(count())", content: .bytes([UInt8](repeating: 0, count: 1_000)))]
            })
        }

        private func next() -> Int {
            count.withLock {
                $0 += 1
                return $0
            }
        }

        /// Lives as long as the closure that holds it.
        private final class Guardian: Sendable {
            let signal: AsyncStream<Never>.Continuation
            init(_ signal: AsyncStream<Never>.Continuation) { self.signal = signal }
            deinit { signal.finish() }
        }
    }

    private func readFirstChunk(of entries: Entries, as format: ArchiveFormat) async throws -> Int {
        var chunks = archiver.stream(entries, as: format).makeAsyncIterator()
        return try await chunks.next()?.count ?? 0
    }

    @Test func `Nothing is made ahead of the reader, and a reader that goes away ends the work`() async throws {
        let entries = EndlessEntries()
        let bytes = try await readFirstChunk(of: entries.makeStream(), as: .tar)
        for await _ in entries.ended {}
        // Two blocks for the content and one for the header.
        #expect(entries.count.withLock { $0 } == (bytes + 1535) / 1536)
        #expect(bytes < 512 << 10)
    }

    @Test(arguments: ArchiveFormat.allCases)
    func `A canceled reader of an endless archive stops`(format: ArchiveFormat) async throws {
        let entries = EndlessEntries()
        let (started, signal) = AsyncStream<Void>.makeStream()
        await withTaskGroup { group in
            group.addTask {
                do {
                    for try await _ in archiver.stream(entries.makeStream(), as: format) { signal.yield() }
                } catch {
                    #expect(error is CancellationError)
                }
            }
            for await _ in started { break }
            group.cancelAll()
        }
        for await _ in entries.ended {}
    }

    @Test(arguments: ArchiveFormat.allCases)
    func `A reader that goes away in the middle of a file closes it`(format: ArchiveFormat) async throws {
        let path = try scratch.makeFile("noise", noise(megabytes: 4))
        try await readFirstChunkOfFile(path, as: format)
        #expect(!openPaths().contains(path))
    }

    private func readFirstChunkOfFile(_ path: String, as format: ArchiveFormat) async throws {
        let (ended, signal) = AsyncStream<Never>.makeStream()
        func read() async throws {
            let (entries, continuation) = Entries.makeStream()
            continuation.onTermination = { _ in signal.finish() }
            continuation.yield([ArchiveEntry(path: "noise", content: .item(at: ByteString(path)))])
            var chunks = archiver.stream(entries, as: format).makeAsyncIterator()
            #expect(try await chunks.next() != nil)
            #expect(openPaths().contains(path))
        }
        try await read()
        for await _ in ended {}
    }

    @Test(arguments: ArchiveFormat.allCases)
    func `Every chunk is small, however large the file`(format: ArchiveFormat) async throws {
        let path = try scratch.makeFile("noise", noise(megabytes: 8))
        var total = 0
        for try await chunk in archiver.stream(
            entries(.init(path: "noise", content: .item(at: ByteString(path)))),
            as: format
        ) {
            #expect(!chunk.isEmpty)
            #expect(chunk.count <= 640 << 10)
            total += chunk.count
        }
        #expect(total > 8 << 20)
    }

    @Test(arguments: ArchiveFormat.allCases)
    func `A file that shrinks while it is read ends in zeros, and the archive says so`(format: ArchiveFormat)
        async throws
    {
        let content = noise(megabytes: 4)
        let path = try scratch.makeFile("noise", content)
        try scratch.makeDirectory("out")
        var archive = Data()
        let after = ArchiveEntry(path: "after", content: .bytes([1]))
        let stream = archiver.stream(
            entries(.init(path: "noise", content: .item(at: ByteString(path))), after),
            as: format
        )
        for try await chunk in stream {
            if archive.isEmpty { try #require(truncate(path, 0) == 0) }
            archive += chunk
        }
        try scratch.makeFile("archive", archive)
        try await archiver.extract(scratch["archive"], into: scratch["out"])
        guard case .file(let bytes, _)? = try tree(at: scratch["out"])["noise"] else { return #expect(Bool(false)) }
        let kept = bytes.prefix { _ in true }.count
        #expect(kept == content.count && bytes.last == 0 && bytes.first == content.first)
        let notes = try String(contentsOfFile: scratch["out/clusterrunner_notes"], encoding: .utf8)
        let pattern =
            /"noise": "noise" ends in zeros after [0-9]+ of 4194304 bytes: it shrank while it was archived\.\n/
        #expect(notes.wholeMatch(of: pattern) != nil, "\(notes)")
        #expect(try node(at: scratch["out/after"]) == .file(Data([1]), permissions: 0o644))
    }

    @Test(arguments: ArchiveFormat.allCases)
    func `A file that grows while it is read is cut to the size it had`(format: ArchiveFormat) async throws {
        let content = noise(megabytes: 2)
        let path = try scratch.makeFile("noise", content)
        try scratch.makeDirectory("out")
        var archive = Data()
        let more = ArchiveEntry(path: "after", content: .bytes([1]))
        let stream = archiver.stream(
            entries(.init(path: "noise", content: .item(at: ByteString(path))), more),
            as: format
        )
        for try await chunk in stream {
            if archive.isEmpty { try append("more", to: path) }
            archive += chunk
        }
        try scratch.makeFile("archive", archive)
        try await archiver.extract(scratch["archive"], into: scratch["out"])
        let grown = Node.file(content, permissions: 0o644)
        #expect(try tree(at: scratch["out"]) == ["noise": grown, "after": .file(Data([1]), permissions: 0o644)])
    }

    @Test func `An error of the entries ends the archive`() async throws {
        struct Broken: Error {}
        let entries = Entries(unfolding: { throw Broken() })
        await #expect(throws: Broken.self) {
            for try await _ in archiver.stream(entries, as: .zip) {}
        }
    }

    @Test func `A cancellation that ends the entries does not make the archive look complete`() async throws {
        let result = await withTaskGroup { group in
            group.addTask {
                let entries = Entries(unfolding: {
                    withUnsafeCurrentTask { $0?.cancel() }
                    return nil
                })
                return await #expect(throws: CancellationError.self) {
                    for try await _ in archiver.stream(entries, as: .tar) {}
                }
            }
            return await group.next()
        }
        #expect(result != nil)
    }

    @Test func `A canceled task writes no file`() async throws {
        let path = scratch["archive"]
        let result = await whileCanceled { [archiver] in try await archiver.write([], as: .tar, to: path) }
        #expect(throws: CancellationError.self) { try result.get() }
        #expect(try tree(at: scratch.path).isEmpty)
    }

    private func entries(_ entries: ArchiveEntry...) -> Entries {
        Entries { continuation in
            continuation.yield(entries)
            continuation.finish()
        }
    }

    private func append(_ text: String, to path: String) throws {
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        try file.seekToEnd()
        try file.write(contentsOf: Data(text.utf8))
        try file.close()
    }

    /// Makes bytes that do not compress.
    private func noise(megabytes: Int) -> Data {
        var generator = SystemRandomNumberGenerator()
        var bytes = Data(capacity: megabytes << 20)
        for _ in 0..<(megabytes << 17) {
            withUnsafeBytes(of: generator.next()) { bytes.append(contentsOf: $0) }
        }
        return bytes
    }

    /// Lists the paths of this process's open files.
    private func openPaths() -> [String] {
        let files = FileManager.default
        let descriptors = (try? files.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return descriptors.compactMap { try? files.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)") }
    }
}
