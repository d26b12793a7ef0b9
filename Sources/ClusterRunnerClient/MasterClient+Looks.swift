package import ClusterRunnerDomain
import ClusterRunnerPlugin
package import ClusterRunnerWire
import NIOHTTP1

/// The API's own objects, for commands that show them.
extension MasterClient {
    /// All builds, oldest first.
    package func builds() async throws -> [BuildRepresentation] {
        try await get(APIPath.builds, BuildsAnswer.self).builds
    }

    /// The jobs with builds, the one with the newest build first.
    package func jobs() async throws -> [JobRepresentation] {
        try await get("\(APIPath.history)?limit=500", JobsAnswer.self).jobs
    }

    /// The newest builds of a job that have ended, with its slowest and flakiest atoms.
    package func history(of job: JobName, limit: Int) async throws -> HistoryRepresentation {
        let query = "project=\(job.project.queryEncoded)&job=\(job.job.queryEncoded)&limit=\(limit)"
        return try await get("\(APIPath.history)?\(query)", HistoryRepresentation.self)
    }

    /// A page of the test cases of a build.
    package func cases(
        of build: BuildID,
        outcomes: [CaseOutcome] = [],
        name: String? = nil,
        text: String? = nil,
        subjob: SubjobID? = nil,
        atom: AtomIndex? = nil,
        offset: Int = 0,
        limit: Int
    ) async throws -> CasesAnswer {
        var fields = ["offset=\(offset)", "limit=\(limit)"]
        if !outcomes.isEmpty { fields.append("outcome=\(outcomes.map(\.rawValue).joined(separator: ","))") }
        if let name { fields.append("name=\(name.queryEncoded)") }
        if let text { fields.append("text=\(text.queryEncoded)") }
        if let subjob { fields.append("subjob=\(subjob)") }
        if let atom { fields.append("atom=\(atom)") }
        return try await get("\(APIPath.cases(build: build))?\(fields.joined(separator: "&"))", CasesAnswer.self)
    }

    /// The project types of the master.
    package func projectTypes() async throws -> ProjectTypesAnswer {
        try await get(APIPath.projectTypes, ProjectTypesAnswer.self)
    }

    /// The commands of a build that are no atoms, and what they printed.
    package func setup(build: BuildID) async throws -> SetupRepresentation {
        try await get(APIPath.setup(build: build), SetupRepresentation.self)
    }

    /// One atom of a build.
    package func atom(build: BuildID, subjob: SubjobID, atom: AtomIndex) async throws -> AtomRepresentation {
        try await get("\(APIPath.subjob(build: build, subjob))/atom/\(atom)", AtomAnswer.self).atom
    }

    /// Retries a build, or only its failed atoms, and returns the new build.
    package func retry(build: BuildID, onlyFailed: Bool, requester: String? = nil) async throws -> BuildID {
        var fields: [String: JSONValue] = onlyFailed ? ["failed": true] : [:]
        if let requester { fields["requester"] = .string(requester) }
        let path = APIPath.build(build) + "/retry"
        let body = try JSONCoding.encode(JSONValue.object(fields))
        let answer = try await connection.request(.POST, path, body: .bytes(body))
        return try read(BuildCreatedAnswer.self, in: answer).id
    }

    /// The lines of an atom's output from one on, as many as the master gives at a time; those of its newest attempt where
    /// no number is given.
    package func consolePage(
        build: BuildID,
        subjob: SubjobID,
        atom: AtomIndex,
        attempt: Int? = nil,
        offset: Int,
        lines: Int
    ) async throws -> ConsoleAnswer {
        let path = APIPath.console(build: build, subjob: subjob, atom: atom)
        let choice = attempt.map { "&attempt=\($0)" } ?? ""
        return try await get("\(path)?offset_line=\(offset)&max_lines=\(lines)\(choice)", ConsoleAnswer.self)
    }
}
