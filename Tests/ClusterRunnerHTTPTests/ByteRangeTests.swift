import ClusterRunnerHTTP
import HTTPTypes
import Testing

@Suite struct ByteRangeTests {
    @Test(arguments: [
        ("bytes=0-3", ByteRange.part(0..<4)), ("bytes=4-", .part(4..<10)), ("bytes=-3", .part(7..<10)),
        ("bytes=-30", .part(0..<10)), ("bytes=9-9", .part(9..<10)), ("bytes=8-99999999999", .part(8..<10)),
        ("bytes=0-9223372036854775807", .part(0..<10)),
        ("bytes=10-", .unsatisfiable), ("bytes=10-20", .unsatisfiable), ("bytes=-0", .unsatisfiable),
        ("bytes=0-1,3-4", .whole), ("bytes=3-1", .whole), ("bytes=-", .whole), ("bytes=a-b", .whole),
        ("lines=1-2", .whole),
        ("bytes=+1-2", .whole), ("bytes=99999999999999999999-", .whole), ("", .whole),
    ])
    func `One range of bytes is answered, and anything else with the whole`(text: String, range: ByteRange) {
        #expect(ByteRange([.range: text], size: 10, tag: "\"t\"") == range)
    }

    @Test func `A range of an earlier version is answered with the whole`() {
        let headers: HTTPFields = [.range: "bytes=1-2", .ifRange: "\"old\""]
        #expect(ByteRange(headers, size: 10, tag: "\"new\"") == .whole)
        #expect(ByteRange(headers, size: 10, tag: "\"old\"") == .part(1..<3))
    }

    @Test func `Of an empty file there is no part`() {
        #expect(ByteRange([.range: "bytes=0-"], size: 0, tag: "t") == .unsatisfiable)
        #expect(ByteRange([.range: "bytes=-5"], size: 0, tag: "t") == .unsatisfiable)
    }

    @Test func `The answer says which part it is`() {
        #expect(ByteRange.part(2..<5).contentRange(of: 10) == "bytes 2-4/10")
        #expect(ByteRange.unsatisfiable.contentRange(of: 10) == "bytes */10")
        #expect(ByteRange.whole.contentRange(of: 10) == nil)
    }
}
