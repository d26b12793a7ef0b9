import ClusterRunnerDomain
import Testing

@testable import ClusterRunnerScheduling

@Suite struct FailureListTests {
    private func text(_ failures: (String, String)...) -> String {
        FailureList(failures.map { SlaveFailure(slave: 1, url: $0, reason: $1) }).text
    }

    @Test func `An output that several set-ups have is told once`() {
        let output = "setup_build failed with exit code 4.\nOutput: no compiler"
        #expect(text(("a:1", output), ("a:1", output), ("b:1", output)) == "On a:1 (2 times), b:1: \(output)")
    }

    @Test func `Different outputs are told in the order in which they came`() {
        #expect(text(("a:1", "x"), ("b:1", "y"), ("a:1", "x")) == "On a:1 (2 times): x\nOn b:1: y")
        #expect(text() == "")
    }
}
