import ClusterRunnerCore
import DirectoryProjectType
import Testing

@testable import ClusterRunnerMaster

@Suite struct ProjectShelfTests {
    @Test func `A project is there until it is taken`() async throws {
        let shelf = ProjectShelf()
        let context = ProjectContext(storageDirectory: "/tmp", role: .master, logger: .silent)
        let project = try DirectoryProjectType(
            parameters: ProjectParameters(["project_directory": "/tmp"]),
            context: context
        )
        await shelf.put(project, build: 3)
        #expect(try await shelf.project(of: 3).projectID == "/tmp")
        #expect(await shelf.take(build: 3).project?.projectID == "/tmp")
        #expect(await shelf.take(build: 3).project == nil)
        let error = await #expect(throws: ClusterRunnerError.self) { _ = try await shelf.project(of: 3) }
        #expect(error?.code == .invalidState)
        #expect(error?.message == "Build 3 has no project to hand out: it is not running.")
    }
}
