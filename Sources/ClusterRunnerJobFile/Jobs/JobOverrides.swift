package import ClusterRunnerPlugin

/// The keys of a job that one build sets otherwise, and the number of runs of each atom.
package struct JobOverrides: Sendable, Equatable {
    /// The number of retries of a failed atom; nil leaves it to the job.
    package var retries: Int?
    /// Whether the first failure ends the build; nil leaves it to the job.
    package var failFast: Bool?
    /// The time limit of an atom in seconds; nil leaves it to the job.
    package var timeout: Double?
    /// The number of times that each atom is run, whatever its result.
    package var repetitions: Int?

    /// The largest number of repetitions.
    package static let mostRepetitions = 1000
    /// The largest number of atoms that repetitions may make.
    private static let mostAtoms = 1_000_000

    private enum Key: String, CaseIterable {
        case retries
        case failFast = "fail_fast"
        case timeout
        case repetitions = "repeat"
    }

    /// Creates overrides that change nothing.
    package init() {}

    /// Reads the parameter `job_overrides`: a map, or the YAML text of one.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument`` that names the first fault.
    package init(_ json: JSONValue) throws(ClusterRunnerError) {
        let node: YAMLNode? =
            if let text = json.string { YAMLComposer.compose(Array(text.utf8)).root } else { YAMLNode(json) }
        guard case .mapping(let entries)? = node?.content else {
            throw Self.fault("must be a map, such as {\"retries\": 2}, not \(node?.foundName ?? "nothing")")
        }
        for entry in entries where !entry.value.isNull {
            guard let key = Key(rawValue: entry.key) else {
                let known = Key.allCases.map(\.rawValue)
                let nearest = nearestName(to: entry.key, among: known).map { ", did you mean \"\($0)\"?" } ?? "."
                let keys = known.joined(separator: ", ")
                throw Self.fault("has the unknown key \(excerpt(of: entry.key))\(nearest) Its keys: \(keys)")
            }
            try set(key, to: entry.value)
        }
    }

    private mutating func set(_ key: Key, to node: YAMLNode) throws(ClusterRunnerError) {
        let scalar: YAMLScalar? = if case .scalar(let scalar) = node.content { scalar } else { nil }
        switch key {
        case .retries:
            retries = try Self.value(
                scalar?.integer,
                { (0...Int(Int32.max)).contains($0) },
                key,
                node,
                "0 or a positive integer"
            )
        case .failFast:
            failFast = try Self.value(scalar?.bool, { _ in true }, key, node, "true or false")
        case .timeout:
            let isValid = { (seconds: Double) in seconds > 0 && seconds <= Double(Int32.max) }
            timeout = try Self.value(scalar?.number, isValid, key, node, "a positive number of seconds")
        case .repetitions:
            let range = 1...Self.mostRepetitions
            repetitions = try Self.value(scalar?.integer, range.contains, key, node, "1 to \(Self.mostRepetitions)")
        }
    }

    private static func value<Value>(
        _ value: Value?,
        _ isValid: (Value) -> Bool,
        _ key: Key,
        _ node: YAMLNode,
        _ expected: String
    ) throws(ClusterRunnerError) -> Value {
        guard let value, isValid(value) else {
            throw fault("has \(node.foundName) for \"\(key.rawValue)\", which must be \(expected)")
        }
        return value
    }

    private static func fault(_ text: String) -> ClusterRunnerError {
        ClusterRunnerError(.invalidArgument, "\"job_overrides\" \(text).")
    }

    /// The value of the parameter; nil if nothing is changed.
    package var json: JSONValue? {
        var members: [String: JSONValue] = [:]
        members[Key.retries.rawValue] = retries.map(JSONValue.integer)
        members[Key.failFast.rawValue] = failFast.map(JSONValue.bool)
        members[Key.timeout.rawValue] = timeout.map(JSONValue.number)
        members[Key.repetitions.rawValue] = repetitions.map(JSONValue.integer)
        return members.isEmpty ? nil : .object(members)
    }

    /// Returns the job with the keys of this build.
    package func apply(to job: Job) -> Job {
        var job = job
        job.retries = retries ?? job.retries
        job.failFast = failFast ?? job.failFast
        job.timeout = timeout ?? job.timeout
        return job
    }

    /// Returns the atoms as often as each is to be run, one round after the other.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/failed`` when they are too many.
    package func repeated(_ atoms: [Atom]) throws(ClusterRunnerError) -> [Atom] {
        guard let repetitions, repetitions > 1 else { return atoms }
        guard atoms.count * repetitions <= Self.mostAtoms else {
            throw ClusterRunnerError(
                .failed,
                "\(atoms.count) atoms, \(repetitions) times each, are more than \(Self.mostAtoms). Repeat fewer of them."
            )
        }
        return Array(repeatElement(atoms, count: repetitions).joined())
    }
}
