import Foundation
import Testing

@testable import ClusterRunnerPlugin

struct JSONWriterTests {
    /// Encodes a value with Foundation, the form that clients know so far.
    private func encoded(_ value: JSONValue) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }

    @Test(arguments: [
        ["b": [1, .number(0.5), nil, true, false], "a": ["x": "y"], "c": [:], "d": []] as JSONValue,
        ["n": [.number(1), .number(-0.25), .number(1e300), .number(1.5e-7), .number(1_700_000_000.123456)]],
        ["B": 1, "a": 2, "_": 3, "é": 4, "a b": 5, "": 6], "text", 5, nil, [],
    ])
    func `The text is byte for byte that of Foundation's encoder`(value: JSONValue) throws {
        #expect(try value.text() == encoded(value))
    }

    @Test func `So are characters that must be escaped, and all others`() throws {
        let everyControl = String(String.UnicodeScalarView((0..<0x80).compactMap(Unicode.Scalar.init)))
        for text in [everyControl, "\"\\/", "é\u{2028}🧪\u{10FFFF}", "", "\r\n"] {
            #expect(try JSONValue.string(text).text() == encoded(.string(text)))
            #expect(JSONParser.value(of: try JSONValue.object([text: .string(text)]).text()) == [text: .string(text)])
        }
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func `A number that is not finite is refused`(number: Double) {
        #expect(throws: ClusterRunnerError.self) { try JSONValue.array([.number(number)]).text() }
    }
}
