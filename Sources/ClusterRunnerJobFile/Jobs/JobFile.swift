package import ClusterRunnerPlugin

/// The jobs of a `clusterrunner.yaml`.
package struct JobFile: Sendable, Equatable {
    /// The name of the file in errors.
    package let file: String
    /// The jobs, in the order of the file; at least one.
    package let jobs: [Job]
    /// The entries of the jobs' command lists, before a shell has checked them.
    package let entries: [CommandEntry]

    /// Parses the text of a job file, which errors call `file`.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument`` that names every fault of the
    ///   file, one a line; ``faults(in:file:)`` returns them as values.
    package static func parse(_ text: [UInt8], file: String) throws -> JobFile {
        try jobFile(of: read(YAMLComposer.compose(text), file: file))
    }

    /// Parses the text of a job file.
    package static func parse(_ text: String, file: String) throws -> JobFile {
        try parse(Array(text.utf8), file: file)
    }

    /// Finds all faults in the text of a job file, in the order of the text; none if it is valid.
    package static func faults(in text: [UInt8], file: String) -> [JobFileFault] {
        read(YAMLComposer.compose(text), file: file).faults
    }

    /// Returns the job of that name, or the only job when no name is given.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument`` that lists the jobs.
    package func job(named name: String?) throws -> Job {
        let names = jobs.map { excerpt(of: $0.name) }.joined(separator: ", ")
        guard let name else {
            if jobs.count == 1 { return jobs[0] }
            throw ClusterRunnerError(
                .invalidArgument,
                "\(file) has \(jobs.count) jobs, so the job's name is needed, which is one of \(names)."
            )
        }
        if let job = jobs.first(where: { $0.name == name }) { return job }
        let nearest = nearestName(to: name, among: jobs.map(\.name)).map { " Did you mean \(excerpt(of: $0))?" } ?? ""
        guard !Self.isTemplate(name) else {
            throw ClusterRunnerError(
                .invalidArgument,
                "\(excerpt(of: name)) is no job of \(file): keys that begin with \"x-\" or a dot are templates for "
                    + "anchors. Its jobs are \(names)."
            )
        }
        let known = jobs.count == 1 ? "Its only job is \(names)." : "Its jobs are \(names)."
        throw ClusterRunnerError(.invalidArgument, "\(file) has no job \(excerpt(of: name)). \(known)\(nearest)")
    }
}

extension JobFile {
    /// Whether a top-level key is no job but holds values that jobs share by anchors and aliases.
    static func isTemplate(_ key: String) -> Bool { key.hasPrefix("x-") || key.hasPrefix(".") }

    /// Returns the entries of a job's command lists.
    package func entries(of job: Job) -> [CommandEntry] { entries.filter { $0.job == job.name } }

    /// Parses a request's inline `config`: the keys of one job, or a map of job name to job, or YAML text of either.
    ///
    /// The job's name selects one of several jobs; a single job gets that name, or `config` without one.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument`` that names every fault. Faults
    ///   of an object have no line and column, since there is no text.
    package static func inline(_ config: JSONValue, jobName: String?) throws -> Job {
        try inlineFile(config, jobName: jobName).job
    }

    /// Parses the job of ``inline(_:jobName:)``, together with its file.
    package static func inlineFile(_ config: JSONValue, jobName: String?) throws -> (file: JobFile, job: Job) {
        let document: YAMLDocument
        switch config {
        case .string(let text): document = YAMLComposer.compose(Array(text.utf8))
        case .object: document = YAMLDocument(root: YAMLNode(config), faults: [])
        default:
            let found = config.kindName
            throw ClusterRunnerError(.invalidArgument, "\"config\" must be a map or YAML text, not \(found).")
        }
        let reading = read(document, file: "config", singleJobName: jobName ?? "config")
        let jobFile = try jobFile(of: reading)
        return (jobFile, try jobFile.job(named: reading.isSingleJob ? nil : jobName))
    }

    private static func read(_ document: YAMLDocument, file: String, singleJobName: String? = nil) -> JobFileReader {
        var reader = JobFileReader(file: file, singleJobName: singleJobName)
        reader.read(document)
        return reader
    }

    private static func jobFile(of reading: JobFileReader) throws -> JobFile {
        guard reading.faults.isEmpty else { throw ClusterRunnerError.invalidJobFile(reading.file, reading.faults) }
        return JobFile(file: reading.file, jobs: reading.jobs, entries: reading.entries)
    }
}
