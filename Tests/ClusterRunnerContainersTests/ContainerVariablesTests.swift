import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerContainers

@Suite struct ContainerVariablesTests {
    private let machine: [ByteString: ByteString] = ["PATH": "/bin", "HOME": "/root", "LANG": "C", "XDG_X": "x"]

    private func variables(
        _ more: [ByteString: ByteString],
        given: Set<String> = []
    ) -> ContainerVariables {
        ContainerVariables(command: machine.merging(more) { $1 }, machine: machine, given: given)
    }

    @Test func `Variables of the machine stay there, and all others go in by their names`() {
        let variables = variables(["A": "a\nb", "LANG": "de"])
        #expect(variables.passed == ["A", "LANG"])
        #expect(variables.encoded == [])
        #expect(variables.environment["A"] == "a\nb")
        #expect(variables.environment["LANG"] == "de")
        #expect(variables.environment["PATH"] == "/bin")
    }

    @Test func `What a job gives under such a name reaches its commands, and not the engine`() {
        let variables = variables(["PATH": "/opt", "DOCKER_HOST": "x\\y"], given: ["PATH", "DOCKER_HOST"])
        #expect(variables.passed == ["CLUSTERRUNNER_ENV_DOCKER_HOST", "LANG", "CLUSTERRUNNER_ENV_PATH"])
        #expect(variables.encoded == ["DOCKER_HOST", "PATH"])
        #expect(variables.environment["PATH"] == "/bin")
        #expect(variables.environment["DOCKER_HOST"] == nil)
        #expect(variables.environment["CLUSTERRUNNER_ENV_PATH"] == "/opt")
        #expect(variables.environment["CLUSTERRUNNER_ENV_DOCKER_HOST"] == "x\\0134y")
    }

    @Test func `The same value as that of the machine counts if the job gives it`() {
        #expect(variables([:], given: ["HOME"]).encoded == ["HOME"])
        #expect(variables([:]).encoded == [])
        // A wrapped command may have another one.
        #expect(variables(["HOME": "/other"]).encoded == ["HOME"])
    }

    @Test func `Bytes that are not UTF-8 are encoded, and names that no shell accepts are left out`() {
        let variables = variables(["A": ByteString([0xFF, 0x0A, 0x41]), "BASH_FUNC_x%%": "() { :; }"])
        #expect(variables.passed == ["CLUSTERRUNNER_ENV_A", "LANG"])
        #expect(variables.environment["CLUSTERRUNNER_ENV_A"] == "\\0377\\0012A")
    }
}
