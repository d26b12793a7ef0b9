/// The operations of a project program, an executable that implements a project type.
///
/// docs/reference/project-programs.md describes each with its fields and its answer.
enum ProgramOperation: String, CaseIterable, Sendable {
    /// Names the type, its parameters and the optional operations; needs no project.
    case describe
    /// Checks the parameters of a request.
    case validate
    /// Names the project that the parameters stand for.
    case projectID = "project_id"
    /// Makes the project available in a workspace.
    case fetch
    /// Takes up a fetched project on a restarted master.
    case resume
    /// Answers a slave's request on the master.
    case export
    /// Names environment variables for the commands of the job.
    case environment
    /// Wraps a command of the job.
    case wrap
    /// Pins the parameters of a request to what was fetched.
    case pinned
    /// Releases the resources of a fetched project.
    case teardown

    /// The operations that a program may leave out.
    static let optional = Set(allCases).subtracting([.describe, .fetch])

    /// The members of its result.
    var members: Set<String> {
        switch self {
        case .describe: ["protocol", "name", "summary", "parameters", "operations"]
        case .projectID: ["project_id"]
        case .fetch: ["directory", "slave_parameters", "notes"]
        case .environment: ["environment"]
        case .wrap: ["script"]
        case .pinned: ["parameters"]
        case .validate, .resume, .export, .teardown: []
        }
    }

    /// The maximum run time.
    var limit: Duration {
        switch self {
        case .describe: .seconds(10)
        case .validate, .projectID, .environment, .wrap, .pinned: .seconds(30)
        case .fetch, .resume, .export: .seconds(3_600)
        case .teardown: .seconds(300)
        }
    }
}
