/// A reader of the jobs of a document, which collects all faults.
struct JobFileReader {
    /// The name of the file in errors.
    let file: String
    /// The name of a document that is itself a job; nil if it must be a map of jobs.
    let singleJobName: String?
    /// The jobs read so far; complete only if there are no faults.
    private(set) var jobs: [Job] = []
    /// The entries of the jobs' command lists.
    private(set) var entries: [CommandEntry] = []
    /// The faults, in the order of the text.
    private(set) var faults: [JobFileFault] = []
    /// Whether the document was itself a job.
    private(set) var isSingleJob = false

    /// Creates a reader.
    init(file: String, singleJobName: String? = nil) {
        self.file = file
        self.singleJobName = singleJobName
    }

    /// Reads all jobs.
    mutating func read(_ document: YAMLDocument) {
        isSingleJob = singleJobName != nil && document.root.map(Self.looksLikeJob) ?? false
        faults = document.faults.map(jobFileFault)
        if let root = document.root { read(root) }
        sortFaults()
    }

    private mutating func read(_ root: YAMLNode) {
        guard case .mapping(let entries) = root.content, !entries.isEmpty else {
            // An unreadable root is already reported.
            guard root.content != .invalid else { return }
            let expected = "a map of job name to job" + (singleJobName == nil ? "" : ", or a job")
            return report(at: root.mark, job: nil, found: root.foundName, expected: expected)
        }
        if isSingleJob, let singleJobName {
            return readJob(singleJobName, at: root.mark, entries.filter { !Self.isTemplate($0) })
        }
        let jobs = entries.filter { !Self.isTemplate($0) }
        for entry in jobs { read(entry) }
        guard jobs.isEmpty else { return }
        report(at: root.mark, job: nil, found: "nothing but templates", expected: "a job beside them")
    }

    /// Whether an entry is no job but holds values that jobs share: its key begins with `x-` or a dot.
    private static func isTemplate(_ entry: YAMLEntry) -> Bool { JobFile.isTemplate(entry.key) }

    private mutating func read(_ entry: YAMLEntry) {
        switch entry.value.content {
        case .mapping(let entries):
            if entry.key.isEmpty { report(at: entry.keyMark, job: nil, found: "an empty job name", expected: "a name") }
            readJob(entry.key, at: entry.keyMark, entries)
        case .invalid:
            break
        default:
            // Keys of a job at the left margin mean that its name was forgotten.
            let isKey = JobKey(rawValue: entry.key) != nil
            let expected =
                isKey
                ? "a job: its name on a line of its own, and its keys indented below" : "a map with the keys of a job"
            report(at: entry.value.mark, job: entry.key, found: entry.value.foundName, expected: expected)
        }
    }

    private mutating func readJob(_ name: String, at mark: YAMLMark?, _ entries: [YAMLEntry]) {
        var reader = JobReader(file: file, name: name, mark: mark, entries: entries)
        let job = reader.read()
        faults += reader.faults
        self.entries += reader.entries
        jobs.append(job)
    }

    /// Whether a map has a key of a job, or a list, neither of which a map of jobs has.
    private static func looksLikeJob(_ root: YAMLNode) -> Bool {
        guard case .mapping(let entries) = root.content else { return false }
        return entries.contains { entry in
            guard !isTemplate(entry) else { return false }
            if case .sequence = entry.value.content { return true }
            guard let key = JobKey(rawValue: entry.key) else { return false }
            // A map under this key is a job of that name.
            if key == .container, case .mapping = entry.value.content { return false }
            return true
        }
    }
}

extension JobFileReader {
    private func jobFileFault(_ fault: YAMLFault) -> JobFileFault {
        let names = isSingleJob ? [singleJobName ?? file] + fault.path : fault.path
        return JobFileFault(
            file: file,
            line: fault.mark?.line,
            column: fault.mark?.column,
            job: names.first,
            key: names.dropFirst().first,
            found: fault.found,
            expected: fault.expected,
            suggestion: nil
        )
    }

    private mutating func report(at mark: YAMLMark?, job: String?, found: String, expected: String) {
        let fault = JobFileFault(
            file: file,
            line: mark?.line,
            column: mark?.column,
            job: job,
            key: nil,
            found: found,
            expected: expected,
            suggestion: nil
        )
        faults.append(fault)
    }

    /// Sorts the faults by place; those of one place, or without one, stay in the order found.
    private mutating func sortFaults() {
        faults = faults.enumerated()
            .sorted { ($0.element.place, $0.offset) < ($1.element.place, $1.offset) }
            .map(\.element)
    }
}

extension JobFileFault {
    fileprivate var place: YAMLMark { YAMLMark(line: line ?? 0, column: column ?? 0) }
}
