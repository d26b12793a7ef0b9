import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerWire
import Testing

@testable import ClusterRunnerCommands

@Suite struct JobChoiceTests {
    private func jobs(_ names: (String, String)...) throws -> [JobRepresentation] {
        try names.map { project, job in
            try JSONValue.object([
                "project": .string(project), "job": .string(job), "num_builds": 1, "newest_build_id": 1,
            ]).read()
        }
    }

    @Test func `A name that only one project has is enough`() throws {
        let known = try jobs(("/a", "Unit"), ("/a", "Lint"), ("/b", "Lint"))
        #expect(try JobChoice(job: "Unit").find(among: known) == JobName(project: "/a", job: "Unit"))
        #expect(try JobChoice(job: "Lint", project: "b").find(among: known) == JobName(project: "/b", job: "Lint"))
    }

    @Test func `A whole name comes before a part of others`() throws {
        let known = try jobs(("/src", "Unit"), ("/src/more", "Unit"))
        #expect(try JobChoice(job: "Unit", project: "/src").find(among: known).project == "/src")
    }

    @Test(
        arguments: [
            ("Lint", nil, "Several projects have a job \"Lint\": /a, /b. Choose one with --project."),
            ("Lint", "c", "No project \"c\" has a job \"Lint\". Those that have one: /a, /b."),
            ("Unitt", nil, "There are no builds of a job \"Unitt\". Did you mean \"Unit\"?"),
            ("Perf", nil, "There are no builds of a job \"Perf\". Jobs with builds: Lint, Unit."),
        ] as [(String, String?, String)]
    ) func `Other choices are refused with the names that there are`(job: String, project: String?, sentence: String)
        throws
    {
        let known = try jobs(("/a", "Unit"), ("/a", "Lint"), ("/b", "Lint"))
        let error = #expect(throws: ClusterRunnerError.self) {
            try JobChoice(job: job, project: project).find(among: known)
        }
        #expect(error?.message == sentence)
    }
}
