import ClusterRunnerPlugin
import Foundation
import Testing

@Suite struct ByteStringTests {
    private static let latin = ByteString([0x63, 0x61, 0x66, 0xE9])

    @Test func `Equal are only equal bytes`() {
        let composed: ByteString = "caf\u{e9}"
        let decomposed: ByteString = "cafe\u{301}"
        #expect("caf\u{e9}" == "cafe\u{301}", "what String says")
        #expect(composed != decomposed && composed != Self.latin)
        #expect(Set([composed, decomposed, Self.latin, ByteString(composed.bytes)]).count == 3)
        #expect([Self.latin, decomposed, composed].sorted() == [decomposed, composed, Self.latin].sorted())
        #expect(ByteString("b") < ByteString("\u{e9}") && !(ByteString("b") < ByteString("a")))
    }

    @Test(
        arguments: [
            (Array("a\\b é".utf8), "a\\b é"), ([0x63, 0xE9], "c\\xe9"), ([0x5C, 0xFF], "\\\\\\xff"),
            ([0xF0, 0x9F, 0x8E, 0x88, 0xF0, 0x9F], "🎈\\xf0\\x9f"), ([], ""),
        ] as [([UInt8], String)]
    )
    func `A person can read it`(bytes: [UInt8], shown: String) {
        let string = ByteString(bytes)
        #expect(string.escaped == shown && string.description == shown)
        #expect(string.bytes == bytes && string.count == bytes.count && string.isEmpty == bytes.isEmpty)
        #expect((string.text == nil) == (String(validating: bytes, as: UTF8.self) == nil))
    }

    @Test(arguments: [[0x63, 0xE9], Array("cafe\u{301} \" \\ \n".utf8), [], [0xFF, 0x00]] as [[UInt8]])
    func `JSON keeps the bytes`(bytes: [UInt8]) throws {
        let string = ByteString(bytes)
        let coded = try JSONEncoder().encode([string])
        #expect(try JSONDecoder().decode([ByteString].self, from: coded) == [string])
        #expect(ByteString(string.json) == string)
    }

    @Test func `JSON is a string where that says all, and else has the bytes beside the text`() throws {
        #expect(ByteString("é").json == "é")
        #expect(Self.latin.json == ["text": "caf\\xe9", "base64": "Y2Fm6Q=="])
        #expect(ByteString(JSONValue.object(["base64": "?"])) == nil && ByteString(JSONValue.integer(1)) == nil)
        let broken = Data(#"{"base64": "?"}"#.utf8)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(ByteString.self, from: broken) }
    }
}
