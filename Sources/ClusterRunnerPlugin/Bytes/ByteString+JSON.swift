extension ByteString {
    /// Reads the form that ``json`` writes; nil for any other value.
    public init?(_ json: JSONValue) {
        switch json {
        case .string(let text): self.init(text)
        case .object(let members):
            guard let bytes = members["base64"]?.string.flatMap(Base64.decode) else { return nil }
            self.init(bytes)
        default: return nil
        }
    }

    /// A string where the bytes are UTF-8, otherwise `{"text": "caf\\xe9", "base64": "Y2Fm6Q=="}`.
    public var json: JSONValue {
        if let text { return .string(text) }
        return ["text": .string(escaped), "base64": .string(base64)]
    }

    /// The bytes as base64.
    package var base64: String { Base64.encode(bytes) }
}
