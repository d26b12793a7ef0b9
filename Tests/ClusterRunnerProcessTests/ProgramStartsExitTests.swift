import ClusterRunnerConcurrency
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation
import Testing

@testable import ClusterRunnerProcess

/// Runs apart from most tests, as its name says: those start programs themselves, which copy the descriptors of files that
/// are being written here, and no start of the product's own does.
@Suite(.timeLimit(.minutes(10)))
struct ProgramStartsExitTests {
    @Test func `A file that was just written is executed beside starts of other programs`() async throws {
        let (fixture, others) = (try CommandFixture(), try CommandFixture())
        let done = Lock(false)
        async let noise: Void = {
            while !done.withLock({ $0 }) { try await others.run(":") }
        }()
        for number in 0..<300 {
            let path = "\(fixture.folder)/script\(number)"
            try Data("#!/bin/sh\nexit 7\n".utf8).write(to: URL(filePath: path))
            try #require(chmod(path, 0o755) == 0)
            await ProgramStarts.settle(.system())
            let outcome = try await fixture.run("./script\(number)")
            let output = try fixture.text()
            #expect(outcome.exitCode == 7, "\(output)")
        }
        done.withLock { $0 = true }
        try await noise
    }
}
