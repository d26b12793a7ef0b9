/// Reads one job from the entries of its map.
struct JobReader {
    private let name: String
    private var values: JobValues

    /// Creates a reader of the job `name`; `mark` is the place that a missing key is reported at.
    init(file: String, name: String, mark: YAMLMark?, entries: [YAMLEntry]) {
        self.name = name
        values = JobValues(file: file, job: name, mark: mark, entries: entries)
    }

    /// Everything that is wrong with the job, once it is read.
    var faults: [JobFileFault] { values.faults }

    /// Reads the job; what it returns means nothing if there are ``faults`` afterwards.
    mutating func read() -> Job {
        let job = Job(
            name: name,
            command: command(.commands) ?? "",
            atomizers: atomizers(),
            setup: command(.setupBuild),
            teardown: command(.teardownBuild),
            maxExecutors: values.integer(.maxExecutors, from: 1),
            maxExecutorsPerSlave: values.integer(.maxExecutorsPerSlave, from: 1),
            timeout: values.seconds(.timeout),
            setupTimeout: values.seconds(.setupTimeout),
            teardownTimeout: values.seconds(.teardownTimeout),
            retries: values.integer(.retries, from: 0) ?? 0,
            failFast: values.bool(.failFast) ?? false,
            speculate: values.bool(.speculate) ?? false,
            environment: environment()
        )
        if job.command.isEmpty { values.reportMissing(.commands) }
        if job.atomizers.isEmpty { values.reportMissing(.atomizers) }
        return job
    }

    private mutating func command(_ key: JobKey) -> String? {
        let commands = values.list(key).compactMap { values.command(in: $0, key) }
        let joined = CommandList.joined(commands)
        return joined.isEmpty ? nil : joined
    }

    private mutating func atomizers() -> [Atomizer] {
        values.list(.atomizers).compactMap { node in
            guard case .mapping(let entries) = node.content, let entry = entries.first, entries.count == 1 else {
                let count = if case .mapping(let entries) = node.content { entries.count } else { 0 }
                let found = count > 1 ? "a map of \(count) entries" : node.foundName
                values.report(node, .atomizers, found: found, expected: "a map of one entry VARIABLE: command")
                return nil
            }
            return atomizer(entry)
        }
    }

    private mutating func atomizer(_ entry: YAMLEntry) -> Atomizer? {
        checkName(of: entry, .atomizers)
        guard !entry.value.isNull else {
            values.report(entry.value, .atomizers, found: "nothing", expected: "a command")
            return nil
        }
        guard let text = values.command(in: entry.value, .atomizers) else { return nil }
        let command = CommandList.joined([text])
        if command.isEmpty {
            values.report(entry.value, .atomizers, found: entry.value.foundName, expected: "a command")
        }
        return Atomizer(variable: entry.key, command: command)
    }

    private mutating func environment() -> [String: String] {
        var variables: [String: String] = [:]
        for entry in values.map(.environment) {
            checkName(of: entry, .environment)
            variables[entry.key] = values.string(in: entry.value, .environment)
        }
        return variables
    }

    private mutating func checkName(of entry: YAMLEntry, _ key: JobKey) {
        guard !ShellName.isValid(entry.key) else { return }
        values.report(
            at: entry.keyMark,
            key: key.rawValue,
            found: "the variable name \(excerpt(of: entry.key))",
            expected: "letters, digits and underscores, not beginning with a digit"
        )
    }
}
