/// The names of a job's atoms, by all the ways in which a report may write them.
struct CaseIndex: Sendable {
    /// The atoms of one spelling.
    enum Hit: Sendable, Equatable {
        case one(Int)
        case several

        /// The atom; nil when there are several.
        var atom: Int? { if case .one(let number) = self { number } else { nil } }
    }

    /// The atoms by their whole name, without `$PROJECT_DIR/` or `./` in front.
    private(set) var wholes: [String: Hit] = [:]
    /// Whether the name of an atom has a separator of cases.
    private(set) var namesCases = false
    private var paths: [String: Hit] = [:]
    private var pathEnds: [String: Hit] = [:]
    private var nodes: [String: Hit] = [:]
    private var nodeEnds: [String: Hit] = [:]

    /// Adds an atom.
    mutating func add(_ atom: String, _ number: Int) {
        let whole = CaseAddress.relative(atom)
        guard !whole.isEmpty else { return }
        Self.insert(number, whole, &wholes)
        let words = whole.split(separator: " ").map(CaseAddress.relative)
        let names = words.count > 1 ? words.filter { $0.contains("/") || $0.contains(".") } : [whole]
        for name in names { add(name: name, number) }
    }

    private mutating func add(name: String, _ number: Int) {
        let components = CaseAddress.components(name)
        Self.insert(number, components.joined(separator: "/"), &paths)
        for end in Self.ends(components) { Self.insert(number, end, &pathEnds) }
        let node = CaseAddress.node(name)
        namesCases = namesCases || name.contains("::") || name.contains("#")
        Self.insert(number, node.joined(separator: "/"), &nodes)
        for end in Self.ends(node) { Self.insert(number, end, &nodeEnds) }
    }

    /// Finds the atom of a file: by its whole path, by the end of the file's path, or by the end of the atom's.
    func path(_ components: [String]) -> Hit? {
        for end in Self.ends(components) {
            if let hit = paths[end] { return hit }
        }
        return pathEnds[components.joined(separator: "/")]
    }

    /// Finds the atom of a folder.
    func folder(_ components: ArraySlice<String>) -> Hit? { paths[components.joined(separator: "/")] }

    /// Finds the atom whose parts are these.
    func wholeNode(_ parts: ArraySlice<String>) -> Hit? { nodes[parts.joined(separator: "/")] }

    /// Finds the atom whose last parts are these; one that has no others is preferred.
    func node(_ parts: ArraySlice<String>) -> Hit? {
        let key = parts.joined(separator: "/")
        return nodes[key] ?? nodeEnds[key]
    }

    private static func ends(_ components: [String]) -> [String] {
        components.indices.map { components[$0...].joined(separator: "/") }
    }

    private static func insert(_ number: Int, _ key: String, _ table: inout [String: Hit]) {
        guard !key.isEmpty else { return }
        let known = table[key]
        if known == nil || known == .one(number) { table[key] = .one(number) } else { table[key] = .several }
    }
}
