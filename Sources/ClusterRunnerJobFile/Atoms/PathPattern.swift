/// A pattern of relative paths: a ``GlobPattern`` for each name, in which `**` is any number of folders.
///
/// `*` does not match a slash. A leading `./` and doubled slashes change nothing. Names that begin with a dot match as
/// others do.
package struct PathPattern: Sendable, Equatable {
    /// The text of the pattern.
    package let text: String
    /// The patterns of the names; nil for any number of folders.
    private let names: [GlobPattern?]

    /// Parses a pattern; nil for one that leads elsewhere: an absolute one, or one with `..`, and for one without a name.
    package init?(_ text: String) {
        let parts = text.split(separator: "/").map(String.init).filter { $0 != "." }
        guard !text.hasPrefix("/"), !parts.contains(".."), !parts.isEmpty, !text.utf8.contains(0) else { return nil }
        self.text = text
        // A pattern of folders is one of all files in them.
        names = parts.map { $0 == "**" ? nil : GlobPattern($0) } + (parts.last == "**" ? [GlobPattern("*")] : [])
    }

    /// Whether a path, given by its names, matches.
    package func matches(_ path: [String]) -> Bool { Self.matches(path[...], names[...]) }

    /// Whether a path below this folder could match.
    package func mayMatch(below folder: [String]) -> Bool {
        var rest = names[...]
        for name in folder {
            guard let pattern = rest.popFirst() else { return false }
            guard let pattern else { return true }
            guard pattern.matches(name) else { return false }
        }
        return !rest.isEmpty
    }

    private static func matches(_ path: ArraySlice<String>, _ names: ArraySlice<GlobPattern?>) -> Bool {
        guard let pattern = names.first else { return path.isEmpty }
        let rest = names.dropFirst()
        guard let pattern else {
            return matches(path, rest) || !path.isEmpty && matches(path.dropFirst(), names)
        }
        return path.first.map(pattern.matches) == true && matches(path.dropFirst(), rest)
    }
}

/// Stored as its text.
extension PathPattern: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let pattern = Self(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(text) is no relative path")
        }
        self = pattern
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
