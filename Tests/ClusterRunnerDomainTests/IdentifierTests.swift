import ClusterRunnerDomain
import Foundation
import Testing

@Suite struct IdentifierTests {
    private func json(_ value: some Encodable) throws -> String {
        String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    }

    @Test func `An identifier is its bare number in JSON, and is read back from it`() throws {
        let ids: [SlaveID?] = [7, nil, 0]
        #expect(try json(ids) == "[7,null,0]")
        #expect(try JSONDecoder().decode([SlaveID?].self, from: Data("[7,null,0]".utf8)) == ids)
    }

    @Test func `An identifier is its bare number in text, and is read from decimal digits only`() {
        #expect("\(SlaveID(12))" == "12")
        #expect(SlaveID("12") == 12)
        #expect(SlaveID("12x") == nil)
        #expect(SlaveID("") == nil)
    }

    @Test func `A value that is no number is refused like a bare number's`() {
        for text in ["\"7\"", "7.5", "null", "[7]"] {
            let refused = #expect(throws: DecodingError.self) {
                try JSONDecoder().decode([String: SlaveID].self, from: Data("{\"id\": \(text)}".utf8))
            }
            let expected = #expect(throws: DecodingError.self) {
                try JSONDecoder().decode([String: Int].self, from: Data("{\"id\": \(text)}".utf8))
            }
            #expect(refused?.kind == expected?.kind)
        }
    }
}

extension DecodingError {
    /// The kind of the error, the expected type and the path to the value.
    fileprivate var kind: String {
        switch self {
        case .typeMismatch(let type, let context): "not a \(type) at \(context.codingPath.map(\.stringValue))"
        case .valueNotFound(let type, let context): "no \(type) at \(context.codingPath.map(\.stringValue))"
        case .keyNotFound(let key, let context): "no \(key.stringValue) in \(context.codingPath.map(\.stringValue))"
        case .dataCorrupted(let context): "malformed at \(context.codingPath.map(\.stringValue))"
        @unknown default: "unknown"
        }
    }
}
