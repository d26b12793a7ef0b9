import ClusterRunnerPlugin

/// A project type for these tests, with a parameter of each kind.
struct ScriptedProjectType: ProjectType {
    static let name = "scripted"
    static let summary = "Lives in a test."
    static let parameters: [ProjectParameter] = [
        ProjectParameter("url", required: true, help: "Where it is."),
        ProjectParameter("branch", default: "main", help: "Which one."),
        ProjectParameter.jobName(required: true),
    ]

    let projectID: String

    init(parameters: ProjectParameters, context: ProjectContext) throws {
        projectID = try parameters.required("url")
    }

    func fetch(into workspace: String) async throws -> FetchedProject {
        FetchedProject(directory: workspace, slaveParameters: ProjectParameters([:]))
    }
}

/// A second type, so that lists have more than one entry.
struct OtherProjectType: ProjectType {
    static let name = "other"
    static let summary = "Lives in a test as well."
    static let parameters: [ProjectParameter] = []

    let projectID = "other"

    init(parameters: ProjectParameters, context: ProjectContext) throws {}

    func fetch(into workspace: String) async throws -> FetchedProject {
        FetchedProject(directory: workspace, slaveParameters: ProjectParameters([:]))
    }
}
