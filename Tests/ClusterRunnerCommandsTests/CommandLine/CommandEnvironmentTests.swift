import ClusterRunnerCommands
import ClusterRunnerDomain
import ClusterRunnerPlugin
import Foundation
import Testing

@Suite struct CommandEnvironmentTests {
    @Test func `Commands do not see the configuration of the service`() {
        let service: [ByteString: ByteString] = [
            "CLUSTERRUNNER_SECRET": "hunter2hunter2",
            "CLUSTERRUNNER_MASTER_PORT": "43000",
            "CLUSTERRUNNER_": "",
            "PATH": "/bin",
            "HOME": "/root",
        ]
        #expect(CommandEnvironment.inherited(from: service) == ["PATH": "/bin", "HOME": "/root"])
    }

    @Test func `Commands do not see what makes a shell run them differently, or not at all`() {
        let service: [ByteString: ByteString] = [
            "BASH_ENV": "/f", "BASHOPTS": "extglob", "SHELLOPTS": "noexec", "BASH_FUNC_module%%": "() { :; }",
        ]
        #expect(CommandEnvironment.inherited(from: service) == ["BASH_FUNC_module%%": "() { :; }"])
    }

    @Test func `Commands do not see what concerns the service and systemd`() {
        let service: [ByteString: ByteString] = [
            "NOTIFY_SOCKET": "/run/systemd/notify", "WATCHDOG_PID": "7", "WATCHDOG_USEC": "1", "WATCHDOG_OF_A_JOB": "x",
        ]
        #expect(CommandEnvironment.inherited(from: service) == ["WATCHDOG_OF_A_JOB": "x"])
    }

    @Test func `Variables that only look like configuration stay`() {
        let service: [ByteString: ByteString] = [
            "MY_CLUSTERRUNNER_SECRET": "1", "CLUSTERRUNNER": "2", "CLUSTER_RUNNER_X": "3", "EMPTY": "",
        ]
        #expect(CommandEnvironment.inherited(from: service) == service)
    }

    @Test func `The environment of the process is read byte for byte`() throws {
        let value: [CChar] = [99, CChar(bitPattern: 0xE9), 61, 0]
        try #require(setenv("BYTES_OF_A_TEST", value, 1) == 0)
        defer { unsetenv("BYTES_OF_A_TEST") }
        #expect(CommandEnvironment.ofProcess()["BYTES_OF_A_TEST"]?.bytes == [99, 0xE9, 61])
    }
}
