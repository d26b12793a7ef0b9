/// A member of an answer that is left out when it is nil; other optionals are null then.
@propertyWrapper
package struct Omissible<Value: Codable & Sendable & Equatable>: Codable, Sendable, Equatable {
    package let wrappedValue: Value?

    package init(wrappedValue: Value?) {
        self.wrappedValue = wrappedValue
    }
}

/// A member that must be there when an answer is read, but is left out of answers of some versions of the API.
@propertyWrapper
package struct Versioned<Value: Codable & Sendable & Equatable>: Codable, Sendable, Equatable {
    package let wrappedValue: Value
    fileprivate let isWritten: Bool

    init(_ value: Value, isWritten: Bool) {
        wrappedValue = value
        self.isWritten = isWritten
    }

    package init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(Value.self), isWritten: true)
    }

    package func encode(to encoder: any Encoder) throws {
        try wrappedValue.encode(to: encoder)
    }

    package static func == (one: Self, other: Self) -> Bool { one.wrappedValue == other.wrappedValue }
}

// Synthesized conformances call these: an overload for the type of a property goes before the general function.
extension KeyedEncodingContainer {
    package mutating func encode<Value>(_ value: Omissible<Value>, forKey key: Key) throws {
        guard let value = value.wrappedValue else { return }
        try encode(value, forKey: key)
    }

    package mutating func encode<Value>(_ value: Versioned<Value>, forKey key: Key) throws {
        guard value.isWritten else { return }
        try encode(value.wrappedValue, forKey: key)
    }
}

extension KeyedDecodingContainer {
    package func decode<Value>(_ type: Omissible<Value>.Type, forKey key: Key) throws -> Omissible<Value> {
        Omissible(wrappedValue: try decodeIfPresent(Value.self, forKey: key))
    }
}
