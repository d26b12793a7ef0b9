/// A builder of mappings: each key once, merged entries after the mapping's own.
struct MappingBuilder {
    private var own: [YAMLEntry] = []
    private var merged: [YAMLEntry] = []
    private var firstMarks: [String: YAMLMark?] = [:]

    /// The entries in the order of the text, then the merged ones with other keys.
    var all: [YAMLEntry] {
        var seen = Set(firstMarks.keys)
        return own + merged.filter { seen.insert($0.key).inserted }
    }

    /// Adds an entry, unless its key exists.
    ///
    /// - Returns: nil when the entry is new; otherwise the mark of the first one.
    mutating func add(_ entry: YAMLEntry) -> YAMLMark?? {
        if let first = firstMarks[entry.key] { return .some(first) }
        firstMarks[entry.key] = .some(entry.keyMark)
        own.append(entry)
        return nil
    }

    /// Merges a map, or each map of a list; the first value of a key wins.
    ///
    /// - Returns: whether the value was a map or a list of maps.
    mutating func merge(_ node: YAMLNode) -> Bool {
        switch node.content {
        case .mapping(let entries):
            merged += entries
            return true
        case .sequence(let nodes):
            return nodes.allSatisfy { part in
                guard case .mapping(let entries) = part.content else { return part.content == .invalid }
                merged += entries
                return true
            }
        case .invalid:
            return true
        case .scalar:
            return false
        }
    }
}
