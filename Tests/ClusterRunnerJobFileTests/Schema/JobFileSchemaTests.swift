import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerJobFile

@Suite struct JobFileSchemaTests {
    private func job() throws -> [String: JSONValue] {
        let definitions = try #require(JobFileSchema.document.object?["definitions"]?.object)
        return try #require(definitions["job"]?.object)
    }

    @Test func `The schema has the keys of jobs and no others, each with a sentence and a type`() throws {
        let properties = try #require(try job()["properties"]?.object)
        #expect(Set(properties.keys) == Set(JobKey.names))
        #expect(try job()["additionalProperties"] == false)
        for (name, schema) in properties {
            let members = try #require(schema.object)
            #expect(members["description"]?.string?.hasSuffix(".") == true, "\(name)")
            #expect(members["type"] != nil, "\(name)")
            #expect(members["examples"] != nil || members["default"] != nil, "\(name)")
        }
    }

    @Test func `The examples of the schema are values that the reader accepts`() throws {
        for (name, schema) in try #require(try job()["properties"]?.object) {
            for example in schema.object?["examples"]?.array ?? [] {
                let others: [String: JSONValue] = [
                    "commands": ["true"], "atomizers": [["TEST": "ls"]], "container": "image",
                ]
                _ = try JobFile.inline(.object(others.merging([name: example]) { $1 }), jobName: "tests")
            }
        }
    }
}
