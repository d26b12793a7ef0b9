import ClusterRunnerDomain
import ClusterRunnerPlugin
import Foundation
import Testing

@testable import ClusterRunnerProcess

@Suite struct ShellTests {
    private func folder(linking name: String, to target: String) throws -> String {
        let folder = NSTemporaryDirectory() + "/shell-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: "\(folder)/\(name)", withDestinationPath: target)
        return folder
    }

    @Test func `The system's bash comes before that of the search path`() {
        let shell = Shell.find(searchPath: "/no/such/place")
        #expect(["/bin/bash", "/usr/bin/bash"].contains(shell.path))
        #expect(shell.options == ["-o", "pipefail"])
        #expect(shell.arguments(for: "-x") == ["bash", "-o", "pipefail", "-c", "--", "-x"])
    }

    @Test func `A plain sh gets pipefail only if it knows it`() async throws {
        let withOption = try folder(linking: "sh", to: "/bin/bash")
        defer { try? FileManager.default.removeItem(atPath: withOption) }
        #expect(Shell.sh(path: "\(withOption)/sh").options == ["-o", "pipefail"])
        // `cat` has no option -o, like a POSIX shell before 2024.
        let without = try folder(linking: "sh", to: "/bin/cat")
        defer { try? FileManager.default.removeItem(atPath: without) }
        #expect(Shell.sh(path: "\(without)/sh").options.isEmpty)
    }

    @Test func `Commands run under sh where there is no bash`() async throws {
        let fixture = try CommandFixture(shell: Shell.sh(path: "/bin/sh"))
        #expect(try await fixture.run("echo \"$VALUE\"; exit 3", environment: ["VALUE": "$(x)"]).end == .exited(3))
        #expect(try fixture.text() == "$(x)\n")
    }

    @Test func `A shell that is missing is found to have no options`() {
        #expect(Shell.sh(path: "/no/such/sh") == Shell(path: "/no/such/sh", options: []))
    }
}
