import Foundation
import Testing

@testable import ClusterRunnerPlugin

struct JSONParserTests {
    private func value(_ text: String) -> JSONValue? { JSONParser.value(of: text.utf8) }

    @Test func `Every kind of value is read, with space anywhere between`() {
        let text = " {\"a\" : [1, -2.5 ,true,false,\tnull],\r\n\"b\":{ } , \"c\":[ ], \"d\":\"x\"} \n"
        #expect(value(text) == ["a": [1, .number(-2.5), true, false, nil], "b": [:], "c": [], "d": "x"])
    }

    @Test(arguments: [
        "0", "-0", "10", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "1.0", "1e3", "1E+2",
        "1.5e-7", "123456789.125", "1e300",
    ])
    func `Numbers are what Foundation takes them for`(text: String) throws {
        #expect(value(text) == (try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))))
    }

    @Test(arguments: [
        #"""#, #""a"#, #""\x""#, #""\u12"#, #""\ud800""#, #""\ud800A""#, "\"\n\"", "01", "1.", ".5", "-", "+1",
        "1e", "1e999", "tru", "nul", "{", "[", "[1", "{\"a\"}", "{\"a\":}", "{a:1}", "[1]x", "",
        " ", "NaN", "[1 2]", "'a'",
    ])
    func `What is not JSON is nothing`(text: String) {
        #expect(value(text) == nil)
        #expect(throws: (any Error).self) { try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)) }
    }

    @Test func `A comma with nothing behind it is not JSON, whatever Foundation says`() {
        #expect(value("[1,]") == nil)
        #expect(value("{\"a\":1,}") == nil)
    }

    @Test func `Texts may hold any character, escaped or not`() {
        #expect(value(#""\"\\\/\b\f\n\r\t\u0041\u00e9\ud83e\uddea""#) == .string("\"\\/\u{8}\u{C}\n\r\tAé🧪"))
        #expect(value("\"é🧪/\"") == "é🧪/")
    }

    @Test func `Bytes that are no UTF-8 are no text`() {
        #expect(JSONParser.value(of: [0x22, 0xFF, 0x22]) == nil)
        #expect(JSONParser.value(of: [0x22, 0x5C, 0x6E, 0xC3, 0x22]) == nil)
    }

    @Test func `Of two members with one name the first counts`() {
        #expect(value(#"{"a": 1, "a": 2}"#) == ["a": 1])
    }

    @Test func `Brackets within brackets end at a depth that no stack minds`() {
        func nest(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(value(nest(512)) != nil)
        #expect(value(nest(513)) == nil)
        #expect(value(nest(1_000_000)) == nil)
    }
}
