import ClusterRunnerPlugin
import Foundation
import Testing

@testable import GitProjectType

@Suite struct GitDaemonTests {
    @Test func `A repository is fetched over the git protocol, in several conversations`() async throws {
        try await Sandbox.with { sandbox in
            try sandbox.makeRepository()
            try sandbox.sh("git checkout -q -b other", in: "upstream")
            let other = try sandbox.commit("on other")
            try sandbox.sh("git checkout -q main", in: "upstream")
            try await TestServer.git(sandbox) { port in
                let url = "git://127.0.0.1:\(port)/upstream/.git"
                let project = try sandbox.project(["url": .string(url), "hash": .string(other)])
                _ = try await project.fetch(into: sandbox.directory("workspace"))
                #expect(try sandbox.head(of: "workspace") == other)
                let missing = try sandbox.project(["url": .string(url + "x")])
                let error = await fetchError(missing, into: try sandbox.directory("missing"))
                #expect(error?.message.contains("(\(url)x) failed: ") == true, "\(error?.message ?? "")")
            }
        }
    }
}
