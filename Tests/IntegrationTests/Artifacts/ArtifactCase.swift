import ClusterRunnerDomain
import ClusterRunnerPlugin
import Testing

/// A build and its expected results.
struct ArtifactCase: Sendable, CustomTestStringConvertible {
    /// The source of the project.
    enum Source: Sendable {
        /// A git repository, with the project at a path inside it.
        case git(path: String?)
        /// A directory of that name.
        case directory(String)
    }

    let name: String
    var source = Source.git(path: nil)
    var project = Project()
    var job = "Tests"
    /// Further fields of the request, with replacements of `SCRATCH` and `PORT` in their texts.
    var fields: [String: JSONValue] = [:]
    var status: JSONValue = "SUCCESS"
    var failedAtoms: [JSONValue] = []
    let expected: [String: ExpectedContent]

    var testDescription: String { name }
}

extension ArtifactCase {
    /// Returns the files of an atom's directory: the product's own and the job's.
    ///
    /// Without history every atom is a subjob of its own.
    static func atom(
        _ subjob: SubjobID,
        _ export: String,
        _ command: String,
        output: ExpectedContent = .text(""),
        exitCode: Int = 0,
        files: [String: ExpectedContent] = [:]
    ) -> [String: ExpectedContent] {
        var all = files
        all["clusterrunner_command"] = .text("\(export) \(command)\n")
        all["clusterrunner_console_output"] = output
        all["clusterrunner_exit_code"] = .text("\(exitCode)\n")
        all["clusterrunner_time"] = .pattern(#"\d+\.\d\d\n"#)
        return Dictionary(uniqueKeysWithValues: all.map { ("artifact_\(subjob)_0/\($0)", $1) })
    }

    /// Returns the whole tree: the directories of the atoms, and the reports beside them.
    static func tree(_ atoms: [[String: ExpectedContent]], failures: [SubjobID] = []) -> [String: ExpectedContent] {
        var tree = atoms.reduce(into: [:]) { $0.merge($1) { $1 } }
        if !failures.isEmpty { tree["failures.txt"] = .text(failures.map { "artifact_\($0)_0\n" }.joined()) }
        let counts = #"<testsuites tests="\#(atoms.count)" failures="\#(failures.count)""#
        tree["junit.xml"] = .pattern(#"<\?xml (?s:.)*\#(counts)(?s:.)*"#)
        tree["ctrf.json"] = .pattern(#"\{"reportFormat":"CTRF",(?s:.)*"tests":\#(atoms.count)\}(?s:.)*"#)
        return tree
    }

    /// Prepares the project and returns the fields of the request.
    func request(in cluster: RunningCluster) async throws -> [String: JSONValue] {
        var request: [String: JSONValue]
        switch source {
        case .git(let path):
            var whole = project
            if let path {
                whole.files = Dictionary(uniqueKeysWithValues: project.files.map { ("\(path)/\($0)", $1) })
                whole.files["\(path)/clusterrunner.yaml"] = project.jobFile
                whole.jobFile = nil
            }
            request = try await cluster.git(whole, job: job)
            request["project_directory"] = path.map(JSONValue.string)
        case .directory(let name):
            try project.write(to: "\(cluster.scratch)/\(name)")
            request = [
                "type": "directory", "job_name": .string(job),
                "project_directory": .string("\(cluster.scratch)/\(name)"),
            ]
        }
        return request.merging(fields.mapValues { Self.fill($0, cluster) }) { $1 }
    }

    private static func fill(_ value: JSONValue, _ cluster: RunningCluster) -> JSONValue {
        func fill(_ text: String) -> String {
            text.replacing("SCRATCH", with: cluster.scratch).replacing("PORT", with: "\(cluster.port)")
        }
        guard let members = value.object else { return value.string.map { .string(fill($0)) } ?? value }
        let pairs = members.map { (fill($0), $1.string.map { .string(fill($0)) } ?? $1) }
        return .object(Dictionary(uniqueKeysWithValues: pairs))
    }
}
