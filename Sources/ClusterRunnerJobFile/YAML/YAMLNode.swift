/// A value of a YAML text, with the place where it stands.
struct YAMLNode: Sendable, Equatable {
    /// Where the value begins; nil when it does not come from a text.
    let mark: YAMLMark?
    /// The value.
    let content: Content

    /// What a node holds.
    enum Content: Sendable, Equatable {
        case scalar(YAMLScalar)
        case sequence([YAMLNode])
        case mapping([YAMLEntry])
        /// A value that a fault of its own names already, such as an alias of nothing; readers pass over it in silence.
        case invalid
    }

    /// Whether the value is there, but says nothing: `null`, `~` or no text at all.
    var isNull: Bool {
        guard case .scalar(let scalar) = content else { return false }
        return scalar.isNull
    }

    /// What a person calls this value: "the string "x"", "an empty list", "nothing".
    var foundName: String {
        switch content {
        case .scalar(let scalar): scalar.foundName
        case .sequence(let nodes): nodes.isEmpty ? "an empty list" : "a list"
        case .mapping(let entries): entries.isEmpty ? "an empty map" : "a map"
        case .invalid: "an invalid value"
        }
    }
}

/// One key of a mapping and its value.
struct YAMLEntry: Sendable, Equatable {
    /// The key's text.
    let key: String
    /// Where the key begins.
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
