extension JobValues {
    /// Returns the reports of the job; nil without any.
    mutating func reports() -> JobReports? {
        let junit = patterns(.junit)
        let output = format(.report)
        return junit.isEmpty && output == nil ? nil : JobReports(junit: junit, output: output)
    }

    /// Reads one pattern or a list of them.
    private mutating func patterns(_ key: JobKey) -> [PathPattern] {
        guard let node = node(key) else { return [] }
        let nodes = if case .sequence = node.content { list(key) } else { [node] }
        return nodes.compactMap { pattern(in: $0, key) }
    }

    private mutating func pattern(in node: YAMLNode, _ key: JobKey) -> PathPattern? {
        guard case .scalar(let scalar) = node.content, !scalar.isNumber, scalar.bool == nil else {
            report(node, key, found: node.foundName, expected: key.expected)
            return nil
        }
        if let pattern = PathPattern(scalar.text) { return pattern }
        report(node, key, found: node.foundName, expected: "a relative path without \"..\"")
        return nil
    }

    private mutating func format(_ key: JobKey) -> ReportFormat? {
        guard let node = node(key) else { return nil }
        if case .scalar(let scalar) = node.content, let format = ReportFormat(rawValue: scalar.text) { return format }
        report(node, key, found: node.foundName, expected: key.expected)
        return nil
    }
}
