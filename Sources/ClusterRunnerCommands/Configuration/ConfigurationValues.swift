/// The entry of one source for a key.
enum ConfigurationValue: Sendable {
    /// A value of the type that the key's ``Setting`` declares.
    case set(any Sendable)
    /// No value, where an entry says so.
    case unset

    /// Whether there is a value.
    var isSet: Bool { if case .set = self { true } else { false } }

    /// The value; nil when there is none, or it has another type.
    func content<Value>(as _: Value.Type = Value.self) -> Value? {
        if case .set(let value) = self { value as? Value } else { nil }
    }
}

/// The values that hold for one service, read by the declarations of its settings.
struct ConfigurationValues {
    private let values: [String: ConfigurationValue]
    /// The path of the file that they come from.
    let file: String?
    /// The place of the secret, for sentences.
    let secretPlace: String

    init(
        _ values: [String: ConfigurationValue],
        file: String? = nil,
        secretPlace: String = "this process"
    ) {
        self.values = values
        self.file = file
        self.secretPlace = secretPlace
    }

    /// The value of a setting of the service.
    subscript<Value>(_ setting: Setting<Value>) -> Value {
        get throws { try setting.value(of: values[setting.name]) }
    }
}
