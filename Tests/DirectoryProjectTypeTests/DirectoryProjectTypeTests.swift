import ClusterRunnerPlugin
import ClusterRunnerTesting
import DirectoryProjectType
import Foundation
import Logging
import Testing

@Suite struct DirectoryProjectTypeTests {
    @Test func `The type obeys the rules of project types`() async throws {
        try await withScratchDirectory { scratch in
            try Data("echo".utf8).write(to: URL(filePath: "\(scratch)/run.sh"))
            try await ProjectTypeConformance(
                DirectoryProjectType.self,
                validParameters: ["project_directory": .string(scratch)]
            ).run()
        }
    }

    @Test func `The project is the directory itself and the workspace stays empty`() async throws {
        try await withScratchDirectory { scratch in
            let (folder, workspace) = ("\(scratch)/my project", "\(scratch)/workspace")
            for path in [folder, workspace] {
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            }
            let project = try make(["project_directory": .string(folder), "job_name": "Tests"])
            let fetched = try await project.fetch(into: workspace)
            #expect(fetched.directory.text == folder)
            #expect(
                fetched.slaveParameters
                    == ProjectParameters(["project_directory": .string(folder), "job_name": "Tests"])
            )
            #expect(try FileManager.default.contentsOfDirectory(atPath: workspace).isEmpty)
        }
    }

    @Test(arguments: ["relative/path", "./here", "..", "tests"])
    func `A relative path is refused with its value`(path: String) {
        let error = #expect(throws: ClusterRunnerError.self) { try make(["project_directory": .string(path)]) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message == "\"project_directory\" must be an absolute path, not \"\(path)\".")
    }

    @Test func `A tilde is the home directory`() throws {
        let home = URL(filePath: NSHomeDirectory()).resolvingSymlinksInPath().path(percentEncoded: false)
        let expected = home.count > 1 && home.hasSuffix("/") ? String(home.dropLast()) : home
        #expect(try make(["project_directory": "~/projects/x"]).projectID == "\(expected)/projects/x")
    }

    @Test func `Two ways to one directory are one project`() async throws {
        try await withScratchDirectory { scratch in
            try FileManager.default.createDirectory(atPath: "\(scratch)/real", withIntermediateDirectories: false)
            try FileManager.default.createSymbolicLink(
                atPath: "\(scratch)/link",
                withDestinationPath: "\(scratch)/real"
            )
            for path in ["\(scratch)/link", "\(scratch)/real/", "\(scratch)/x/../real"] {
                #expect(try make(["project_directory": .string(path)]).projectID == "\(scratch)/real")
            }
        }
    }

    @Test func `A missing directory is an error when it is fetched`() async throws {
        try await withScratchDirectory { scratch in
            let project = try make(["project_directory": .string("\(scratch)/gone")])
            let error = await #expect(throws: ClusterRunnerError.self) { try await project.fetch(into: scratch) }
            #expect(error?.code == .failed)
            let start = "The project directory \"\(scratch)/gone\" does not exist. Master and slaves need it "
            #expect(error?.message.hasPrefix(start) == true, "\(error?.message ?? "")")
        }
    }

    @Test func `A file is no project directory`() async throws {
        try await withScratchDirectory { scratch in
            try Data().write(to: URL(filePath: "\(scratch)/file"))
            let project = try make(["project_directory": .string("\(scratch)/file")])
            let error = await #expect(throws: ClusterRunnerError.self) { try await project.fetch(into: scratch) }
            #expect(error?.message == "The project directory \"\(scratch)/file\" is not a directory.")
        }
    }

    private func make(_ values: [String: JSONValue]) throws -> DirectoryProjectType {
        let context = ProjectContext(storageDirectory: "/nonexistent", role: .master, logger: Logger(label: "test"))
        return try DirectoryProjectType(parameters: ProjectParameters(values), context: context)
    }
}
