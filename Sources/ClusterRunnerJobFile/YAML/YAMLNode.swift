/// A value of a YAML text, with its place.
struct YAMLNode: Sendable, Equatable {
    /// The start of the value; nil when it does not come from a text.
    let mark: YAMLMark?
    /// The value.
    let content: Content

    /// The content of a node.
    enum Content: Sendable, Equatable {
        case scalar(YAMLScalar)
        case sequence([YAMLNode])
        case mapping([YAMLEntry])
        /// A value whose fault is already reported, such as an undefined alias; readers skip it silently.
        case invalid
    }

    /// Whether the value is `null`, `~` or empty.
    var isNull: Bool {
        guard case .scalar(let scalar) = content else { return false }
        return scalar.isNull
    }

    /// The description of the value in messages: "the string "x"", "an empty list", "nothing".
    var foundName: String {
        switch content {
        case .scalar(let scalar): scalar.foundName
        case .sequence(let nodes): nodes.isEmpty ? "an empty list" : "a list"
        case .mapping(let entries): entries.isEmpty ? "an empty map" : "a map"
        case .invalid: "an invalid value"
        }
    }
}

/// A key of a mapping and its value.
struct YAMLEntry: Sendable, Equatable {
    /// The key's text.
    let key: String
    /// The start of the key.
    let keyMark: YAMLMark?
    /// The value.
    let value: YAMLNode
}

/// A place in a text; lines and columns are counted from 1, columns in characters as libyaml counts them.
struct YAMLMark: Sendable, Hashable, Comparable {
    let line: Int
    let column: Int

    static func < (left: Self, right: Self) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}
