import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerCommands

@Suite struct SecretVariableTests {
    private let scratch: ScratchDirectory

    init() throws { scratch = try ScratchDirectory() }

    @Test func `A file has the secret alone, with or without a line break at its end`() throws {
        for text in ["the secret", "the secret\n", "the secret \r\n"] {
            let path = try scratch.write(text, to: "secret")
            let environment = try SecretVariable.resolve(["CLUSTERRUNNER_SECRET_FILE": path, "A": "b"])
            #expect(environment == ["CLUSTERRUNNER_SECRET": "the secret", "A": "b"])
        }
        #expect(try SecretVariable.resolve(["CLUSTERRUNNER_SECRET_FILE": ""]) == [:])
        let loader = ConfigurationLoader(
            file: try scratch.write("[general]\n", to: "conf"),
            environment: ["CLUSTERRUNNER_SECRET_FILE": "\(scratch.path)/secret"]
        )
        #expect(try loader.load().general().secret == Secret("the secret"))
    }

    @Test func `A file that cannot have a secret is named, and its text is not`() throws {
        func fault(_ environment: [String: String]) -> String? {
            #expect(throws: ClusterRunnerError.self) { try SecretVariable.resolve(environment) }?.message
        }
        let missing = fault(["CLUSTERRUNNER_SECRET_FILE": "\(scratch.path)/missing"])
        #expect(missing?.contains("/missing, which cannot be read") == true)
        for text in ["", "\n", "first line\nsecond line\n"] {
            let path = try scratch.write(text, to: "secret")
            let sentence = fault(["CLUSTERRUNNER_SECRET_FILE": path])
            #expect(sentence?.hasSuffix("which must have the secret in one line, and nothing else.") == true)
        }
        let both = fault(["CLUSTERRUNNER_SECRET_FILE": "/x", "CLUSTERRUNNER_SECRET": "the secret"])
        #expect(both == "Set one of CLUSTERRUNNER_SECRET and CLUSTERRUNNER_SECRET_FILE, not both.")
    }

    @Test func `Each key has a secret of its own`() throws {
        let (one, other) = (try Secret("the secret"), try Secret("another one"))
        let key = try BuildKey("pipeline-7", option: "--build-key")
        #expect(try key.secret(from: one) == key.secret(from: one))
        #expect(try key.secret(from: one) != key.secret(from: other))
        #expect(try key.secret(from: one) != BuildKey("pipeline-8", option: "--build-key").secret(from: one))
        for text in ["", "a b", "a\nb", String(repeating: "k", count: 201)] {
            let error = #expect(throws: ClusterRunnerError.self) { try BuildKey(text, option: "--for-build") }
            #expect(error?.message.contains("It must have 1 to 200 characters without spaces") == true)
        }
    }
}
