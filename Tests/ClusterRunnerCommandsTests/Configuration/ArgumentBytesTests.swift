import ClusterRunnerPlugin
import ClusterRunnerTesting
import Foundation
import Testing

@testable import ClusterRunnerCommands

@Suite struct ArgumentBytesTests {
    @Test(arguments: [
        [UInt8]("plain".utf8), [0x63, 0xE9], [0xE9, 0xC3, 0xA9, 0xFF, 0x80], [0xF4, 0x8F, 0xBF, 0xA9], [0xC3], [],
    ])
    func `All bytes come back from the text that carries them`(bytes: [UInt8]) {
        let text = ArgumentBytes.text(of: ByteString(bytes))
        #expect(ArgumentBytes.bytes(of: text) == ByteString(bytes))
    }

    @Test func `UTF-8 is its own text`() {
        #expect(ArgumentBytes.text(of: "né e\u{301}").utf8.elementsEqual("né e\u{301}".utf8))
        #expect(ArgumentBytes.shown(ArgumentBytes.text(of: ByteString([0x63, 0xE9]))) == #"c\xe9"#)
    }

    @Test func `A directory whose path is not UTF-8 gets a link, always the same`() throws {
        try withScratch { scratch in
            let path = ByteString(Array("\(scratch)/".utf8) + [0xE9] + Array("/deep".utf8))
            let link = try PathAlias.text(of: path, in: scratch)
            #expect(try PathAlias.text(of: path, in: scratch) == link)
            try "x".write(toFile: "\(link)/file", atomically: false, encoding: .utf8)
            #expect(access(path.appending("file").cString, F_OK) == 0)
            #expect(try PathAlias.text(of: "/plain", in: scratch) == "/plain")
        }
    }

    @Test func `No link is made where another user could replace it`() throws {
        try withScratch { scratch in
            let directory = "\(scratch)/clusterrunner-\(geteuid())-names"
            try #require(mkdir(directory, 0o777) == 0 && chmod(directory, 0o777) == 0)
            let path = ByteString(Array("\(scratch)/".utf8) + [0xE9])
            let error = #expect(throws: ClusterRunnerError.self) { try PathAlias.text(of: path, in: scratch) }
            #expect(error?.message.contains("is not a directory of user \(geteuid()) alone") == true)
        }
    }

    private func withScratch(_ body: (String) throws -> Void) throws {
        let scratch = NSTemporaryDirectory() + UUID().uuidString
        try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        try body(scratch)
    }
}
