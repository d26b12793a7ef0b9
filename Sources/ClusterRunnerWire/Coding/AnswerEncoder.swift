import ClusterRunnerPlugin

/// An encoder for the answers of the REST API, on top of ``JSONWriter``.
///
/// It differs from Foundation's in two ways: a key whose value is nil is written with null, as the API promises, and a
/// list of ten thousand atoms takes a fraction of the time. Members stand in the order of their keys; a type whose
/// `CodingKeys` have that order spares the encoder the sorting. Nested containers and integers other than `Int` are not
/// supported: no type of the contract has them.
final class AnswerEncoder: Encoder {
    let userInfo: [CodingUserInfoKey: Any] = [:]
    var codingPath: [any CodingKey] { [] }
    private var state = State()

    /// The JSON text of a value.
    static func text(of value: some Encodable) throws -> [UInt8] {
        let encoder = AnswerEncoder()
        try encoder.encode(value)
        return encoder.state.writer.bytes
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        state.openObject()
        return KeyedEncodingContainer(AnswerMembers<Key>(encoder: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        state.openList()
        return AnswerElements(encoder: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer {
        state.frame.kind = .scalar
        return AnswerScalar(encoder: self)
    }

    /// Appends a value of any type.
    fileprivate func encode<Value: Encodable>(_ value: Value) throws {
        if Value.self == JSONValue.self, let json = value as? JSONValue { return try write(json) }
        let outer = state.frame
        state.frame = State.Frame()
        try value.encode(to: self)
        state.close()
        state.frame = outer
    }

    fileprivate func write(_ value: JSONValue) throws { try state.writer.write(value) }

    fileprivate func write(_ value: JSONValue, for key: String) throws {
        try state.write(value, for: key)
    }

    fileprivate func encode(_ value: some Encodable, for key: String) throws {
        state.begin(key)
        try encode(value)
        state.writer.append(UInt8(ascii: ","))
    }

    fileprivate func encode(element value: some Encodable) throws {
        try encode(value)
        state.writer.append(UInt8(ascii: ","))
        state.frame.count += 1
    }

    /// The number of elements of the list that is being encoded.
    fileprivate var elementCount: Int { state.frame.count }

    fileprivate static func refuseNesting() -> Never {
        // A type that comes to need it fails in its first test.
        preconditionFailure("The types of the contract have no nested containers.")
    }
}

// MARK: Text

extension AnswerEncoder {
    /// The text so far and what is open in it, in one value: each access to a property of a class is checked.
    private struct State {
        /// An object, list or scalar that is being written.
        struct Frame {
            enum Kind {
                case undecided, object, list, scalar
            }

            var kind = Kind.undecided
            /// The place behind the opening bracket.
            var start = 0
            /// The index of an object's first member in `members`, or the number of a list's elements.
            var count = 0
        }

        var writer = JSONWriter()
        var frame = Frame()
        /// The members of all open objects, outermost first.
        private var members: [(key: String, start: Int)] = []

        /// Opens an object, unless the value that is being encoded has opened it before.
        mutating func openObject() {
            guard frame.kind == .undecided else { return }
            writer.append(UInt8(ascii: "{"))
            frame = Frame(kind: .object, start: writer.bytes.count, count: members.count)
        }

        mutating func openList() {
            writer.append(UInt8(ascii: "["))
            frame = Frame(kind: .list, start: writer.bytes.count)
        }

        mutating func close() {
            switch frame.kind {
            case .object:
                writer.closeMembers(members[frame.count...], from: frame.start)
                members.removeSubrange(frame.count...)
            case .list: writer.closeElements(count: frame.count)
            case .scalar: break
            // A value that encodes nothing is an object without members, as it is for Foundation.
            case .undecided: writer.append(verbatim: "{}".utf8)
            }
        }

        mutating func begin(_ key: String) {
            members.append((key, writer.bytes.count))
            writer.write(key)
            writer.append(UInt8(ascii: ":"))
        }

        mutating func write(_ value: JSONValue, for key: String) throws {
            begin(key)
            try writer.write(value)
            writer.append(UInt8(ascii: ","))
        }
    }
}

// MARK: Containers

/// The members of an object.
private struct AnswerMembers<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let encoder: AnswerEncoder
    var codingPath: [any CodingKey] { [] }

    func encodeNil(forKey key: Key) throws { try encoder.write(.null, for: key.stringValue) }
    func encode(_ value: Bool, forKey key: Key) throws { try encoder.write(.bool(value), for: key.stringValue) }
    func encode(_ value: Int, forKey key: Key) throws { try encoder.write(.integer(value), for: key.stringValue) }
    func encode(_ value: Double, forKey key: Key) throws { try encoder.write(.number(value), for: key.stringValue) }
    func encode(_ value: String, forKey key: Key) throws { try encoder.write(.string(value), for: key.stringValue) }
    func encode(_ value: some Encodable, forKey key: Key) throws { try encoder.encode(value, for: key.stringValue) }

    func encodeIfPresent(_ value: Bool?, forKey key: Key) throws {
        try encoder.write(value.map(JSONValue.bool) ?? .null, for: key.stringValue)
    }
    func encodeIfPresent(_ value: Int?, forKey key: Key) throws {
        try encoder.write(value.map(JSONValue.integer) ?? .null, for: key.stringValue)
    }
    func encodeIfPresent(_ value: Double?, forKey key: Key) throws {
        try encoder.write(value.map(JSONValue.number) ?? .null, for: key.stringValue)
    }
    func encodeIfPresent(_ value: String?, forKey key: Key) throws {
        try encoder.write(value.map(JSONValue.string) ?? .null, for: key.stringValue)
    }
    func encodeIfPresent<Value: Encodable>(_ value: Value?, forKey key: Key) throws {
        if let value { try encode(value, forKey: key) } else { try encodeNil(forKey: key) }
    }

    func nestedContainer<Other: CodingKey>(keyedBy: Other.Type, forKey: Key) -> KeyedEncodingContainer<Other> {
        AnswerEncoder.refuseNesting()
    }
    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { AnswerEncoder.refuseNesting() }
    func superEncoder() -> any Encoder { AnswerEncoder.refuseNesting() }
    func superEncoder(forKey key: Key) -> any Encoder { AnswerEncoder.refuseNesting() }
}

/// The elements of a list.
private struct AnswerElements: UnkeyedEncodingContainer {
    let encoder: AnswerEncoder
    var codingPath: [any CodingKey] { [] }
    var count: Int { encoder.elementCount }

    func encodeNil() throws { try encoder.encode(element: JSONValue.null) }
    func encode(_ value: some Encodable) throws { try encoder.encode(element: value) }

    func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        AnswerEncoder.refuseNesting()
    }
    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { AnswerEncoder.refuseNesting() }
    func superEncoder() -> any Encoder { AnswerEncoder.refuseNesting() }
}

/// A value without parts.
private struct AnswerScalar: SingleValueEncodingContainer {
    let encoder: AnswerEncoder
    var codingPath: [any CodingKey] { [] }

    func encodeNil() throws { try encoder.write(.null) }
    func encode(_ value: Bool) throws { try encoder.write(.bool(value)) }
    func encode(_ value: Int) throws { try encoder.write(.integer(value)) }
    func encode(_ value: Double) throws { try encoder.write(.number(value)) }
    func encode(_ value: String) throws { try encoder.write(.string(value)) }
    func encode(_ value: some Encodable) throws { try encoder.encode(value) }
}
