import ClusterRunnerPlugin
import ClusterRunnerWire
import Testing

@Suite struct JSONCodingTests {
    private struct Sample: Codable {
        struct Inner: Codable { let number: Int }
        let inner: [Inner]
        let name: String
    }

    @Test(arguments: [
        (#"{"name": "x"}"#, "The JSON has no \"inner\"."),
        (#"{"name": "x", "inner": [{"number": 1}, {}]}"#, "The JSON has no \"inner.1.number\"."),
        (#"{"name": 5, "inner": []}"#, "\"name\" in the JSON is not a String."),
        (#"{"name": "x", "inner": [{"number": "1"}]}"#, "\"inner.0.number\" in the JSON is not a Int."),
        (#"{"name": null, "inner": []}"#, "\"name\" in the JSON is null, not a String."),
        ("{", "The body is not valid JSON."), ("", "The body is not valid JSON."),
    ])
    func `What is wrong is said with its place`(text: String, sentence: String) {
        let error = #expect(throws: ClusterRunnerError.self) { try JSONCoding.decode(Sample.self, from: text.utf8) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message == sentence)
    }

    @Test(arguments: ["[]", "1", "null", "\"text\""])
    func `A request body must be an object`(text: String) {
        let error = #expect(throws: ClusterRunnerError.self) { try JSONCoding.decodeObject(from: Array(text.utf8)) }
        #expect(error?.message == "The request body must be a JSON object.")
    }

    @Test func `JSON is written on one line, its keys sorted and its slashes plain`() throws {
        let value: JSONValue = ["b": "/v1/x", "a": [1, nil, true], "c": .number(1.5), "ü": "\n"]
        let text = String(decoding: try JSONCoding.encode(value), as: UTF8.self)
        #expect(text == #"{"a":[1,null,true],"b":"/v1/x","c":1.5,"ü":"\n"}"#)
        #expect(try JSONCoding.decodeObject(from: Array(text.utf8)) == value.object)
    }
}
