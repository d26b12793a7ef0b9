import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerWire
import Testing

@testable import ClusterRunnerCommands

@Suite struct SlaveChoiceTests {
    private func slaves() throws -> [SlaveRepresentation] {
        try [(1, "build-07", true), (2, "build-08", true), (3, "build-08", true), (4, "old", false), (5, "9", true)].map
        {
            id,
            name,
            isAlive in
            try JSONValue.object([
                "id": .integer(id), "name": .string(name), "url": .string("h\(id):1"), "session_id": "s",
                "num_executors": 1, "num_executors_in_use": 0, "is_alive": .bool(isAlive),
                "is_in_shutdown_mode": false, "is_draining": false,
            ]).read()
        }
    }

    @Test func `A slave is found by its name or its number`() throws {
        #expect(try SlaveChoice(text: "build-07").find(among: slaves()).id == 1)
        #expect(try SlaveChoice(text: "3").find(among: slaves()).id == 3)
        #expect(try SlaveChoice(text: "9").find(among: slaves()).id == 5)
    }

    @Test(
        arguments: [
            ("build-08", "Several slaves have the name \"build-08\": 2 at h2:1, 3 at h3:1. Give the number of one."),
            ("build-09", "No connected slave has the name or number \"build-09\". Did you mean \"build-07\"?"),
            ("old", "No connected slave has the name or number \"old\". List the slaves with: clusterrunner slaves"),
            ("4", "No connected slave has the name or number \"4\". Did you mean \"9\"?"),
        ]
    ) func `Other names are refused with what would be right`(text: String, sentence: String) throws {
        let error = #expect(throws: ClusterRunnerError.self) { try SlaveChoice(text: text).find(among: slaves()) }
        #expect(error?.message == sentence)
    }
}
