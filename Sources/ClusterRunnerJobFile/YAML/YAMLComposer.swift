import ClusterRunnerPlugin

/// A composer of node trees from the events of a YAML text.
///
/// Faults that leave the rest of the text readable are collected; all others are thrown and end the reading.
struct YAMLComposer {
    private let events: YAMLEventReader
    private let limits: YAMLLimits
    private var faults: [YAMLFault] = []
    private var anchors: [String: Anchored] = [:]
    private var total = Size()
    private var path: [String] = []

    /// The value of an anchor, and the size that each use of it adds to the tree.
    private struct Anchored {
        let node: YAMLNode
        let size: Size
    }

    /// The size of a tree with its aliases expanded.
    private struct Size {
        var nodes = 0
        var scalarBytes = 0

        static func + (left: Self, right: Self) -> Self {
            Self(nodes: left.nodes + right.nodes, scalarBytes: left.scalarBytes + right.scalarBytes)
        }

        static func - (left: Self, right: Self) -> Self {
            Self(nodes: left.nodes - right.nodes, scalarBytes: left.scalarBytes - right.scalarBytes)
        }
    }

    /// Composes a text that holds one document.
    static func compose(_ text: [UInt8], limits: YAMLLimits = YAMLLimits()) -> YAMLDocument {
        guard text.count <= limits.textBytes else {
            let fault = YAMLFault(
                mark: nil,
                found: "more than \(limits.textBytes) bytes",
                expected: "a shorter text"
            )
            return YAMLDocument(root: nil, faults: [fault])
        }
        guard tagDirectives(in: text) <= limits.tagDirectives else {
            let fault = YAMLFault(
                mark: nil,
                found: "more than \(limits.tagDirectives) times %TAG",
                expected: "none, since a job file has no use for tags"
            )
            return YAMLDocument(root: nil, faults: [fault])
        }
        do throws(YAMLFault) {
            var composer = Self(events: try YAMLEventReader(text), limits: limits)
            return composer.document()
        } catch {
            return YAMLDocument(root: nil, faults: [error])
        }
    }

    /// Counts the occurrences of `%TAG` in a text, an upper bound of the directives that libyaml can find.
    private static func tagDirectives(in text: [UInt8]) -> Int {
        text.indices.count { text[$0] == UInt8(ascii: "%") && text[$0...].starts(with: "%TAG".utf8) }
    }

    private init(events: YAMLEventReader, limits: YAMLLimits) {
        self.events = events
        self.limits = limits
    }

    private mutating func document() -> YAMLDocument {
        do throws(YAMLFault) {
            let root = try rootNode()
            return YAMLDocument(root: root, faults: faults)
        } catch {
            return YAMLDocument(root: nil, faults: faults + [error])
        }
    }

    private mutating func rootNode() throws(YAMLFault) -> YAMLNode {
        var root: YAMLNode?
        while true {
            let event = try nextEvent()
            switch event.kind {
            case .streamEnd:
                let nothing = YAMLNode.Content.scalar(YAMLScalar(text: "", isPlain: true))
                return root ?? YAMLNode(mark: YAMLMark(line: 1, column: 1), content: nothing)
            case .documentStart where root == nil:
                root = try node(from: try nextEvent(), depth: 0)
            case .documentStart:
                throw YAMLFault(mark: event.mark, found: "a second document", expected: "a single one")
            default:
                continue
            }
        }
    }

    /// Reads the next event; a syntax error includes the keys around it.
    private func nextEvent() throws(YAMLFault) -> YAMLEvent {
        do throws(YAMLFault) {
            return try events.next()
        } catch {
            throw fault(error.mark, found: error.found, expected: error.expected)
        }
    }

    private mutating func node(from event: YAMLEvent, depth: Int) throws(YAMLFault) -> YAMLNode {
        guard depth <= limits.depth else {
            throw fault(event.mark, found: "values more than \(limits.depth) levels deep", expected: "fewer levels")
        }
        if case .alias(let name) = event.kind { return try node(ofAlias: name, at: event.mark) }
        let before = total
        // An anchor is undefined inside its own value, and hides an earlier one of that name.
        if let anchor = event.anchor { anchors[anchor] = nil }
        check(event.tag, at: event.mark)
        let node = YAMLNode(mark: event.mark, content: try content(of: event, depth: depth))
        if let anchor = event.anchor { anchors[anchor] = Anchored(node: node, size: total - before) }
        return node
    }

    private mutating func content(of event: YAMLEvent, depth: Int) throws(YAMLFault) -> YAMLNode.Content {
        switch event.kind {
        case .scalar(let scalar):
            try count(Size(nodes: 1, scalarBytes: scalar.text.utf8.count), at: event.mark)
            return .scalar(scalar)
        case .sequenceStart:
            try count(Size(nodes: 1), at: event.mark)
            return .sequence(try sequence(depth: depth + 1))
        default:
            try count(Size(nodes: 1), at: event.mark)
            return .mapping(try mapping(depth: depth + 1))
        }
    }

    private mutating func node(ofAlias name: String, at mark: YAMLMark) throws(YAMLFault) -> YAMLNode {
        guard let anchored = anchors[name] else {
            faults.append(
                fault(
                    mark,
                    found: "the alias \"*\(name)\" of nothing",
                    expected: "an anchor \"&\(name)\" before it, or quotes around the text"
                )
            )
            return YAMLNode(mark: mark, content: .invalid)
        }
        try count(anchored.size, at: mark)
        return YAMLNode(mark: mark, content: anchored.node.content)
    }

    private mutating func sequence(depth: Int) throws(YAMLFault) -> [YAMLNode] {
        var nodes: [YAMLNode] = []
        while true {
            let event = try nextEvent()
            if case .collectionEnd = event.kind { return nodes }
            nodes.append(try node(from: event, depth: depth))
        }
    }

    private mutating func mapping(depth: Int) throws(YAMLFault) -> [YAMLEntry] {
        var entries = MappingBuilder()
        while true {
            let event = try nextEvent()
            if case .collectionEnd = event.kind { return entries.all }
            let key = try node(from: event, depth: depth)
            guard case .scalar(let scalar) = key.content else {
                _ = try node(from: try nextEvent(), depth: depth)
                reportKey(key, at: event.mark)
                continue
            }
            path.append(scalar.text)
            let value = try node(from: try nextEvent(), depth: depth)
            add(YAMLEntry(key: scalar.text, keyMark: event.mark, value: value), merges: scalar.isMerge, to: &entries)
            path.removeLast()
        }
    }
}

extension YAMLComposer {
    private mutating func add(_ entry: YAMLEntry, merges: Bool, to entries: inout MappingBuilder) {
        if merges {
            guard entries.merge(entry.value) else {
                let expected = "a map, or a list of maps, to merge"
                return faults.append(fault(entry.value.mark, found: entry.value.foundName, expected: expected))
            }
        } else if let first = entries.add(entry) {
            let place = first.map { " (the first stands at line \($0.line))" } ?? ""
            let found = "\(excerpt(of: entry.key)) a second time\(place)"
            faults.append(fault(entry.keyMark, found: found, expected: "each key once"))
        }
    }

    private mutating func reportKey(_ key: YAMLNode, at mark: YAMLMark) {
        // An undefined alias is already reported.
        guard key.content != .invalid else { return }
        faults.append(fault(mark, found: "\(key.foundName) as a key", expected: "text"))
    }

    private mutating func check(_ tag: String?, at mark: YAMLMark) {
        let core = ["str", "int", "float", "bool", "null", "seq", "map"].map { "tag:yaml.org,2002:\($0)" }
        guard let tag, tag != "!", !core.contains(tag) else { return }
        let found = "the tag \(excerpt(of: tag))"
        faults.append(fault(mark, found: found, expected: "plain YAML, or quotes around text that begins with !"))
    }

    private mutating func count(_ size: Size, at mark: YAMLMark) throws(YAMLFault) {
        total = total + size
        guard total.nodes <= limits.nodes, total.scalarBytes <= limits.scalarBytes else {
            let most = "\(limits.nodes) values or \(limits.scalarBytes) bytes"
            throw fault(mark, found: "more than \(most) with all aliases expanded", expected: "less")
        }
    }

    private func fault(_ mark: YAMLMark?, found: String, expected: String) -> YAMLFault {
        YAMLFault(mark: mark, path: path, found: found, expected: expected)
    }
}

extension YAMLScalar {
    /// Whether this key merges the map after it into its own map, as in YAML 1.1.
    fileprivate var isMerge: Bool { isPlain && text == "<<" }
}
