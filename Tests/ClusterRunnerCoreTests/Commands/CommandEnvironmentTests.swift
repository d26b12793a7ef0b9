import ClusterRunnerCore
import Testing

@Suite struct CommandEnvironmentTests {
    @Test func `Commands do not see the configuration of the service`() {
        let service = [
            "CLUSTERRUNNER_SECRET": "hunter2hunter2",
            "CLUSTERRUNNER_MASTER_PORT": "43000",
            "CLUSTERRUNNER_": "",
            "PATH": "/bin",
            "HOME": "/root",
        ]
        #expect(CommandEnvironment.inherited(from: service) == ["PATH": "/bin", "HOME": "/root"])
    }

    @Test func `Variables that only look like configuration stay`() {
        let service = ["MY_CLUSTERRUNNER_SECRET": "1", "CLUSTERRUNNER": "2", "CLUSTER_RUNNER_X": "3", "EMPTY": ""]
        #expect(CommandEnvironment.inherited(from: service) == service)
    }
}
