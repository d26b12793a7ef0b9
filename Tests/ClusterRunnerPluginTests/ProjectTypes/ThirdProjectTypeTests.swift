import ClusterRunnerPlugin
import ClusterRunnerTesting
import Foundation
import Testing

@Suite struct ThirdProjectTypeTests {
    @Test func `A project type that only the tests know obeys the rules`() async throws {
        try await ProjectTypeConformance(TextProjectType.self, validParameters: ["text": "echo hello"]).run()
    }

    @Test func `A registry makes it like any built-in type`() async throws {
        let registry = ProjectTypeRegistry([TextProjectType.self])
        let (type, parameters) = try await registry.validate(["type": "text", "text": "x"])
        #expect(type.name == "text")
        #expect(parameters["file_name"] == "run.sh")
    }
}

/// A project of one file, whose text is in the request; a slave asks the master for it.
private struct TextProjectType: ProjectType {
    static let name = "text"
    static let summary = "A project of one file."
    static let parameters = [
        ProjectParameter("text", required: true, help: "What the file contains."),
        ProjectParameter("file_name", default: "run.sh", help: "What the file is called."),
    ]

    let text: String
    let fileName: String
    let context: ProjectContext

    init(parameters: ProjectParameters, context: ProjectContext) throws {
        text = try parameters.required("text")
        fileName = try parameters.required("file_name")
        self.context = context
    }

    var projectID: String { "text:\(fileName)" }

    func fetch(into workspace: String) async throws -> FetchedProject {
        try Task.checkCancellation()
        var content: [UInt8] = []
        switch context.role {
        case .master:
            content = Array(text.utf8)
        case .slave(let master):
            for try await bytes in try await master.request(Array(fileName.utf8)) { content += bytes }
        }
        try Data(content).write(to: URL(filePath: workspace).appending(path: fileName))
        let parameters = ProjectParameters(["text": "(the master has it)", "file_name": .string(fileName)])
        return FetchedProject(directory: workspace, slaveParameters: parameters)
    }

    func export(_ request: [UInt8]) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        guard request == Array(fileName.utf8) else { throw ClusterRunnerError(.notFound, "No such file.") }
        let (stream, continuation) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        continuation.yield(Array(text.utf8))
        continuation.finish()
        return stream
    }
}
