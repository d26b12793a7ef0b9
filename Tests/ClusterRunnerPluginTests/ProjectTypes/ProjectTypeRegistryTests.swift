import ClusterRunnerPlugin
import Testing

@Suite struct ProjectTypeRegistryTests {
    private let registry = ProjectTypeRegistry([ScriptedProjectType.self, OtherProjectType.self])

    private func message(_ fields: [String: JSONValue]) async -> String? {
        await #expect(throws: ClusterRunnerError.self) { try await registry.validate(fields) }?.message
    }

    @Test func `A valid request gets its defaults and loses its type`() async throws {
        let (type, parameters) = try await registry.validate([
            "type": "scripted", "url": "u", "job_name": "A", "config": ["commands": ["x"]],
        ])
        #expect(type.name == "scripted")
        #expect(
            parameters.values
                == ["url": "u", "branch": "main", "job_name": "A", "config": ["commands": ["x"]]]
        )
        #expect(parameters.jobName == "A")
    }

    @Test func `Nulls and empty texts count as left out`() async throws {
        let fields: [String: JSONValue] = [
            "type": "scripted", "url": "u", "job_name": "A", "branch": nil, "config": "", "nonsense": nil,
        ]
        let values = try await registry.validate(fields).parameters.values
        #expect(values == ["url": "u", "branch": "main", "job_name": "A"])
        #expect(
            await message(["type": "scripted", "url": nil, "job_name": ""])?
                .contains(
                    "\"url\" is missing (on the command line: --url); \"job_name\" is missing (on the command line: --job-name)."
                ) == true
        )
    }

    @Test func `A request is told all its faults at once`() async {
        #expect(
            await message([
                "type": "scripted", "job_name": 1, "brunch": "x", "config": [1], "remote_files": ["a": 1],
                "atoms_override": ["x", false], "branch": ["x"], "quite_unknown": 1,
            ]) == """
                Invalid build request of type "scripted": "url" is missing (on the command line: --url); "branch" must be a string, not a list; \
                "job_name" must be a string, not a number; "config" must be a map or YAML text, not a list; \
                "remote_files" must map strings to strings, but "a" is a number; "atoms_override" must be a list of \
                strings, but one entry is a boolean; "brunch" is unknown, did you mean "branch"?; "quite_unknown" is \
                unknown. Its fields: url, branch, job_name, config, remote_files, atoms_override, atoms_filter, only_failed, job_overrides.
                """
        )
    }

    @Test func `An unknown type is told the known ones`() async {
        #expect(await message(["type": "svn"]) == "Unknown project type \"svn\". Known types: \"other\", \"scripted\".")
        #expect(
            await message(["type": 3])
                == "Invalid build request: \"type\" must be a string, not a number. Known types: \"other\", \"scripted\"."
        )
        for fields: [String: JSONValue] in [[:], ["type": nil], ["type": ""]] {
            #expect(
                await message(fields)
                    == "Invalid build request: \"type\" is missing. Known types: \"other\", \"scripted\"."
            )
        }
    }

    @Test func `Types are listed by name`() {
        #expect(registry.all.map { $0.name } == ["other", "scripted"])
        #expect(
            ScriptedProjectType.allParameters.map(\.name).suffix(6) == [
                "config", "remote_files", "atoms_override", "atoms_filter", "only_failed", "job_overrides",
            ]
        )
    }

    @Test func `Remote files may map either way round`() {
        let parameters = ProjectParameters([
            "remote_files": [
                "http://a/1": "one", "two": "https://b/2", "file:///c/3": "three", "4": "d", "http://e": "http://f",
            ]
        ])
        #expect(parameters.remoteFiles.map(\.name) == ["d", "http://f", "one", "three", "two"])
        #expect(parameters.remoteFiles.map(\.uri) == ["4", "http://e", "http://a/1", "file:///c/3", "https://b/2"])
        #expect(ProjectParameters([:]).remoteFiles.isEmpty)
    }

    @Test func `A required parameter that is missing is named`() {
        let error = #expect(throws: ClusterRunnerError.self) { try ProjectParameters(["url": ""]).required("url") }
        #expect(error?.message == "The parameter \"url\" is missing.")
    }
}
