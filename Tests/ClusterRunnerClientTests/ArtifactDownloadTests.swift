import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerHTTP
import ClusterRunnerPlugin
import ClusterRunnerTesting
import Foundation
import HTTPTypes
import Hummingbird
import Testing

@Suite(.timeLimit(.minutes(10))) struct ArtifactDownloadTests {
    private func expectRefusal(_ members: [String: JSONValue], _ sentence: String) async throws {
        let route = Route.get("build/{build_id}/artifacts.tar.gz") { try $0.respond(members, status: .accepted) }
        try await withScratchDirectory { directory in
            try await LocalServer.connect([route]) { connection in
                let error = await #expect(throws: ClusterRunnerError.self) {
                    try await MasterClient(connection).downloadArtifacts(build: 7, to: "\(directory)/a")
                }
                #expect(error?.code == .invalidState)
                #expect(error?.message == sentence)
            }
            #expect(!FileManager.default.fileExists(atPath: "\(directory)/a"))
        }
    }

    @Test func `What the master says of an unfinished build is no archive`() async throws {
        try await expectRefusal(["message": "Build 7 is not finished."], "Build 7 is not finished.")
    }

    @Test func `An unfinished build without a word is told, too`() async throws {
        try await expectRefusal([:], "The master has nothing to send yet. Try again later.")
    }
}
