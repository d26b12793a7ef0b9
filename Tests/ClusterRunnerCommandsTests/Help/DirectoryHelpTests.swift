import ClusterRunnerPlugin
import DirectoryProjectType
import Testing

@testable import ClusterRunnerCommands

@Suite struct DirectoryHelpTests {
    @Test func `The help says what a build without a directory does`() async throws {
        let help = try #require(BuildHelp(arguments: ["build", "directory", "--help"], registry: .real)).text
        let line = try #require(help.split(separator: "\n").first { $0.contains("--project-directory") })
        #expect(!line.contains("Required."))
        #expect(line.hasSuffix("(default: the current directory)"))
        for words in [[], ["directory"], ["directory", "--project-directory", "."]] {
            let request = try await BuildRequestArguments(
                words,
                jobName: nil,
                remoteFiles: [],
                currentDirectory: "/here",
                registry: .real
            )
            #expect(request.fields["project_directory"] == "/here", "\(words)")
        }
    }

    @Test func `What the API requires is still required there`() {
        let parameter = DirectoryProjectType.parameters.first { $0.name == "project_directory" }
        #expect(parameter?.isRequired == true)
    }
}
