import Testing

@testable import ClusterRunnerClient

@Suite struct StreamReaderTests {
    @Test func `Lines that are cut anywhere are read whole, without the empty ones`() async throws {
        let pieces = AsyncThrowingStream<[UInt8], any Error> { continuation in
            for piece in ["\n", "on", "e\ntwo\n\nthr", "ee\nunfinished"] { continuation.yield(Array(piece.utf8)) }
            continuation.finish()
        }
        let reader = StreamReader(pieces, LineParser())
        var lines: [String] = []
        while let line = try await reader.next() { lines.append(String(decoding: line, as: UTF8.self)) }
        #expect(lines == ["one", "two", "three"])
    }
}
