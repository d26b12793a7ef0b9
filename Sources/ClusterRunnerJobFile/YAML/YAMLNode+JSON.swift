import ClusterRunnerPlugin

extension YAMLNode {
    /// Converts a JSON value to a node without a place; members are sorted by key, since JSON gives them no order.
    init(_ json: JSONValue) {
        self.init(mark: nil, content: Content(json))
    }
}

extension YAMLNode.Content {
    fileprivate init(_ json: JSONValue) {
        self =
            switch json {
            case .null: .plain("")
            case .bool(let value): .plain("\(value)")
            case .integer(let value): .plain("\(value)")
            case .number(let value): .plain("\(value)")
            case .string(let text): .scalar(YAMLScalar(text: text, isPlain: false))
            case .array(let elements): .sequence(elements.map { YAMLNode($0) })
            case .object(let members):
                .mapping(
                    members.sorted { $0.key < $1.key }
                        .map { YAMLEntry(key: $0.key, keyMark: nil, value: YAMLNode($0.value)) }
                )
            }
    }

    private static func plain(_ text: String) -> Self {
        .scalar(YAMLScalar(text: text, isPlain: true))
    }
}
