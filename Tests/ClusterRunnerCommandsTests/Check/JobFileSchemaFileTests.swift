import ClusterRunnerFiles
import ClusterRunnerJobFile
import Glibc
import Testing

@testable import ClusterRunnerCommands

@Suite struct JobFileSchemaFileTests {
    private let path =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4)
        .joined(separator: "/") + "/docs/reference/clusterrunner.schema.json"

    @Test func `The schema in the repository is the one that the program prints`() throws {
        let text = try JobFileSchema.document.indentedText + "\n"
        if getenv("UPDATE_SCHEMA") != nil {
            try OpenFile.replace(path, with: Array(text.utf8), mode: 0o644)
        }
        #expect(
            ScratchDirectory.text(of: path) == text,
            "Write it anew with: UPDATE_SCHEMA=1 swift test --filter JobFileSchemaFileTests"
        )
    }
}
