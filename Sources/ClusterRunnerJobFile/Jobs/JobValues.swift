import ClusterRunnerPlugin

/// The values of a job's keys with their expected types; faults are collected.
struct JobValues {
    private let file: String
    private let job: String
    private let mark: YAMLMark?
    private var values: [JobKey: YAMLNode] = [:]
    private(set) var faults: [JobFileFault] = []

    /// Maximum value of a number: no cluster needs more, and arithmetic with it cannot overflow.
    static let largestNumber = Int(Int32.max)

    /// Sorts the entries of a job by key and reports unknown keys.
    init(file: String, job: String, mark: YAMLMark?, entries: [YAMLEntry]) {
        self.file = file
        self.job = job
        self.mark = mark
        for entry in entries {
            if let key = JobKey(rawValue: entry.key) {
                values[key] = entry.value
            } else {
                reportUnknown(entry)
            }
        }
    }

    /// Returns the entries of a list, without those that are null or already reported.
    mutating func list(_ key: JobKey) -> [YAMLNode] {
        guard let node = node(key) else { return [] }
        guard case .sequence(let nodes) = node.content else {
            report(node, key)
            return []
        }
        return nodes.filter(\.isUsable)
    }

    /// Returns the entries of a map, without those that are null or already reported.
    mutating func map(_ key: JobKey) -> [YAMLEntry] {
        guard let node = node(key) else { return [] }
        guard case .mapping(let entries) = node.content else {
            report(node, key)
            return []
        }
        return entries.filter(\.value.isUsable)
    }

    /// Returns the whole number of a key.
    mutating func integer(_ key: JobKey, from least: Int) -> Int? {
        scalar(key) { $0.integer.flatMap { (least...Self.largestNumber).contains($0) ? $0 : nil } }
    }

    /// Returns the seconds of a key.
    mutating func seconds(_ key: JobKey) -> Double? {
        scalar(key) { $0.number.flatMap { $0 > 0 && $0 <= Double(Self.largestNumber) ? $0 : nil } }
    }

    /// Returns the truth value of a key.
    mutating func bool(_ key: JobKey) -> Bool? {
        scalar(key, \.bool)
    }

    private mutating func scalar<Value>(_ key: JobKey, _ read: (YAMLScalar) -> Value?) -> Value? {
        guard let node = node(key) else { return nil }
        guard case .scalar(let scalar) = node.content, let value = read(scalar) else {
            let isNumber = if case .scalar(let scalar) = node.content { scalar.isNumber } else { false }
            let limit = isNumber && key.isNumber ? ", at most \(Self.largestNumber)" : ""
            report(node, key, found: node.foundName, expected: key.expected + limit)
            return nil
        }
        return value
    }

    /// Returns the value of a key, unless it is omitted, null, or already reported.
    func node(_ key: JobKey) -> YAMLNode? {
        values[key].flatMap { $0.isUsable ? $0 : nil }
    }
}

extension JobValues {
    /// Returns the text of a command.
    ///
    /// `true` and `false` are accepted because they are more often commands than truth values; numbers are not
    /// accepted.
    mutating func command(in node: YAMLNode, _ key: JobKey) -> String? {
        if case .scalar(let scalar) = node.content, scalar.isNumber {
            report(node, key, found: node.foundName, expected: "a command")
            return nil
        }
        return text(in: node, key, expected: "a command")
    }

    /// Returns the text of a value, which may also be written as a number or a truth value.
    mutating func string(in node: YAMLNode, _ key: JobKey) -> String? {
        text(in: node, key, expected: "a string")
    }

    private mutating func text(in node: YAMLNode, _ key: JobKey, expected: String) -> String? {
        switch node.content {
        case .scalar(let scalar):
            // Neither a command nor a variable can contain a NUL: the system would cut the text there.
            guard scalar.text.utf8.contains(0) else { return scalar.text }
            report(
                node,
                key,
                found: "a NUL character in \(excerpt(of: scalar.text))",
                expected: "\(expected) without one"
            )
        case .mapping(let entries):
            let found = entries.first.map { "a map with the key \(excerpt(of: $0.key))" } ?? node.foundName
            report(node, key, found: found, expected: "\(expected), in quotes if it contains \": \"")
        case .sequence:
            report(node, key, found: node.foundName, expected: expected)
        case .invalid:
            break
        }
        return nil
    }
}

extension JobValues {
    /// Reports that a required key has no value, unless it is already reported.
    mutating func reportMissing(_ key: JobKey) {
        let isReported = faults.contains { $0.key == key.rawValue } || values[key]?.holdsInvalid == true
        guard !isReported else { return }
        let found = values[key].map { $0.holdsNodes ? "a list of nothing" : $0.foundName } ?? "nothing"
        report(at: values[key]?.mark ?? mark, key: key.rawValue, found: found, expected: key.expected)
    }

    private mutating func reportUnknown(_ entry: YAMLEntry) {
        report(
            at: entry.keyMark,
            key: entry.key,
            found: "an unknown key",
            expected: "one of \(JobKey.names.joined(separator: ", "))",
            suggestion: nearestName(to: entry.key, among: JobKey.names)
        )
    }

    private mutating func report(_ node: YAMLNode, _ key: JobKey) {
        report(node, key, found: node.foundName, expected: key.expected)
    }

    /// Reports the whole value of a key.
    mutating func report(_ key: JobKey, found: String, expected: String) {
        report(at: values[key]?.mark ?? mark, key: key.rawValue, found: found, expected: expected)
    }

    /// Reports one of the values of a key.
    mutating func report(_ node: YAMLNode, _ key: JobKey, found: String, expected: String) {
        report(at: node.mark, key: key.rawValue, found: found, expected: expected)
    }

    /// Reports a fault of a key.
    mutating func report(
        at mark: YAMLMark?,
        key: String,
        found: String,
        expected: String,
        suggestion: String? = nil
    ) {
        let fault = JobFileFault(
            file: file,
            line: mark?.line,
            column: mark?.column,
            job: job,
            key: key,
            found: found,
            expected: expected,
            suggestion: suggestion
        )
        faults.append(fault)
    }
}

extension YAMLNode {
    /// Whether the value is not null and can be read.
    fileprivate var isUsable: Bool { !isNull && content != .invalid }

    fileprivate var holdsNodes: Bool {
        guard case .sequence(let nodes) = content else { return false }
        return !nodes.isEmpty
    }

    fileprivate var holdsInvalid: Bool {
        guard case .sequence(let nodes) = content else { return content == .invalid }
        return nodes.contains { $0.content == .invalid }
    }
}
