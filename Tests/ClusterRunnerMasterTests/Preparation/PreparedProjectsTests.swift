import ClusterRunnerDomain
import ClusterRunnerPlugin
import DirectoryProjectType
import Testing

@testable import ClusterRunnerMaster

@Suite struct PreparedProjectsTests {
    @Test func `A project is there until it is taken`() async throws {
        let shelf = PreparedProjects()
        let context = ProjectContext(storageDirectory: "/tmp", role: .master, logger: .silent)
        let project = try DirectoryProjectType(
            parameters: ProjectParameters(["project_directory": "/tmp"]),
            context: context
        )
        shelf.put(project, build: 3)
        #expect(try await shelf.project(of: 3).projectID == "/tmp")
        #expect(shelf.take(build: 3).project?.projectID == "/tmp")
        #expect(shelf.take(build: 3).project == nil)
        let error = await #expect(throws: ClusterRunnerError.self) { _ = try await shelf.project(of: 3) }
        #expect(error?.code == .invalidState)
        #expect(error?.message == "Build 3 has no project to hand out: it is not running.")
    }

    @Test func `An expected project is waited for until it is ready`() async throws {
        let shelf = PreparedProjects()
        shelf.expect(build: 3)
        let context = ProjectContext(storageDirectory: "/tmp", role: .master, logger: .silent)
        let project = try DirectoryProjectType(
            parameters: ProjectParameters(["project_directory": "/tmp"]),
            context: context
        )
        shelf.put(project, build: 3)
        try await withThrowingTaskGroup(of: String.self) { group in
            group.addTask { try await shelf.project(of: 3).projectID }
            group.addTask {
                for _ in 0..<100 { await Task.yield() }
                shelf.isReady(build: 3)
                return "ready"
            }
            let (first, second) = (try await group.next(), try await group.next())
            #expect([first, second] == ["ready", "/tmp"])
        }
    }

    @Test func `An expected project that does not come is no longer waited for when its build is over`() async {
        let shelf = PreparedProjects()
        shelf.expect(build: 3)
        #expect(shelf.take(build: 3).project == nil)
        await #expect(throws: ClusterRunnerError.self) { _ = try await shelf.project(of: 3) }
    }
}
