import ClusterRunnerPlugin

/// A reader of one job from the entries of its map.
struct JobReader {
    private let file: String
    private let name: String
    private var values: JobValues
    /// Whether the commands take many atoms, so that more names are ClusterRunner's.
    private var isBatch = false
    /// The entries of all command lists, once the job is read.
    private(set) var entries: [CommandEntry] = []

    /// Creates a reader of the job `name`; missing keys are reported at `mark`.
    init(file: String, name: String, mark: YAMLMark?, entries: [YAMLEntry]) {
        self.file = file
        self.name = name
        values = JobValues(file: file, job: name, mark: mark, entries: entries)
    }

    /// All faults of the job, once it is read.
    var faults: [JobFileFault] { values.faults }

    /// Reads the job; the result is valid only if there are no ``faults`` afterwards.
    mutating func read() -> Job {
        isBatch = values.bool(.batch) ?? false
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
            batch: isBatch,
            errexit: values.bool(.errexit) ?? true,
            environment: environment(),
            container: values.container(),
            reports: values.reports()
        )
        if job.command.isEmpty { values.reportMissing(.commands) }
        if job.atomizers.isEmpty { values.reportMissing(.atomizers) }
        return job
    }

    private mutating func command(_ key: JobKey) -> String? {
        let commands = values.list(key).compactMap { command(in: $0, key) }
        let script = CommandList.script(commands)
        guard script.utf8.count <= CommandList.longestScript(inContainer: values.node(.container) != nil) else {
            let found = "\(commands.count) commands of \(script.utf8.count) bytes together"
            values.report(key, found: found, expected: "at most 128 KiB; move them into a script file")
            return nil
        }
        return script.isEmpty ? nil : script
    }

    private mutating func command(in node: YAMLNode, _ key: JobKey) -> String? {
        guard let text = values.command(in: node, key) else { return nil }
        let scalar: YAMLScalar? = if case .scalar(let scalar) = node.content { scalar } else { nil }
        let entry = CommandEntry(file: file, job: name, key: key, scalar: scalar, text: text, at: node.mark)
        guard !entry.text.isEmpty else { return nil }
        entries.append(entry)
        return entry.text
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
        let count = values.faults.count
        guard let command = command(in: entry.value, .atomizers) else {
            guard values.faults.count == count, entry.value.content != .invalid else { return nil }
            values.report(entry.value, .atomizers, found: entry.value.foundName, expected: "a command")
            return nil
        }
        return Atomizer(variable: entry.key, command: CommandList.script([command]))
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
        guard ShellName.isValid(entry.key) else {
            return values.report(
                at: entry.keyMark,
                key: key.rawValue,
                found: "the variable name \(excerpt(of: entry.key))",
                expected: "letters, digits and underscores, not beginning with a digit"
            )
        }
        guard let owner = ShellName.owner(of: entry.key, isAtom: key == .atomizers, isBatch: isBatch) else { return }
        values.report(
            at: entry.keyMark,
            key: key.rawValue,
            found: "the variable name \(excerpt(of: entry.key)), \(owner.claim)",
            expected: "another name"
        )
    }
}
