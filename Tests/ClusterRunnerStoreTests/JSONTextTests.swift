import ClusterRunnerPlugin
import Foundation
import Testing

@testable import ClusterRunnerStore

struct JSONTextTests {
    @Test func `An object is written with its keys in order and nothing between`() throws {
        let object: [String: JSONValue] = ["b": [1, .number(0.5), nil], "a": ["x": true], "c": [:], "d": []]
        #expect(try JSONText.write(object) == #"{"a":{"x":true},"b":[1,0.5,null],"c":{},"d":[]}"#)
        #expect(try JSONText.write([:]) == "{}")
    }

    @Test func `Any character stands the way there and back`() throws {
        let everyControl = String(String.UnicodeScalarView((0..<0x30).compactMap(Unicode.Scalar.init)))
        for text in [everyControl, "\"\\/", "e\u{301}", "🧪\u{10FFFF}", "\r\n"] {
            let written = try JSONText.write([text: .string(text)])
            let read = try JSONText.read(written)
            #expect(read.map { Array($0.key.utf8) } == [Array(text.utf8)])
            #expect(read.values.first?.string.map { Array($0.utf8) } == Array(text.utf8))
        }
    }

    @Test(arguments: [0.1, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 1 / 3, 1e16 + 2])
    func `A finite number keeps its value`(number: Double) throws {
        let read: [String: Double] = try JSONText.decode(from: JSONText.write(["n": .number(number)]))
        #expect(read["n"] == number)
        let value = try JSONText.read(JSONText.write(["n": .number(number)]))["n"]
        #expect(value == .number(number) || value == Int(exactly: number).map(JSONValue.integer))
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func `A number that is not finite is refused`(number: Double) {
        #expect(throws: ClusterRunnerError.self) { try JSONText.write(["n": .number(number)]) }
    }
}
