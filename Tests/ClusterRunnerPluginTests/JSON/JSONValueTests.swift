import ClusterRunnerPlugin
import Foundation
import Testing

@Suite struct JSONValueTests {
    private let everything: JSONValue = [
        "null": nil, "true": true, "false": false, "zero": 0, "one": 1, "most": .integer(.max), "least": .integer(.min),
        "half": .number(0.5), "large": .number(1e300), "text": "quotes \" and \\ and é\u{301}\r\n\0", "empty": "",
        "list": [nil, false, 0, "", [], [:]], "map": ["nested": ["deeply": [1, [2, [3]]]]],
    ]

    @Test func `Every kind of value survives coding`() throws {
        let data = try JSONEncoder().encode(everything)
        #expect(try JSONDecoder().decode(JSONValue.self, from: data) == everything)
    }

    @Test(arguments: [
        ("1", JSONValue.integer(1)), ("-1", .integer(-1)), ("1.5", .number(1.5)), ("1e20", .number(1e20)),
        ("true", .bool(true)), ("\"1\"", .string("1")), ("\"true\"", .string("true")), ("null", .null),
    ])
    func `Numbers, booleans and strings are told apart`(text: String, expected: JSONValue) throws {
        #expect(try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)) == expected)
    }

    @Test func `A value is read only as what it is`() {
        #expect(JSONValue.string("1").string == "1")
        #expect(JSONValue.string("1").integer == nil)
        #expect(JSONValue.integer(1).integer == 1)
        #expect(JSONValue.integer(1).string == nil)
        #expect(JSONValue.array([1]).array == [1])
        #expect(JSONValue.array([1]).object == nil)
        #expect(JSONValue.object(["a": 1]).object == ["a": 1])
        #expect(JSONValue.object(["a": 1]).array == nil)
    }

    @Test func `Kinds have names with articles`() {
        let values: [JSONValue] = [nil, true, 1, .number(0.5), "", [], [:]]
        #expect(
            values.map(\.kindName)
                == ["null", "a boolean", "a number", "a number", "a string", "a list", "an object"]
        )
    }
}
