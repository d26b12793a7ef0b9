import ClusterRunnerDomain
import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerMaster

@Suite struct EventSentencesTests {
    /// Returns the level and the text of each sentence on events.
    private func sentences(_ events: [(EventTag, JSONValue)]) throws -> [String] {
        var sentences = EventSentences()
        return try events.enumerated().compactMap { number, event in
            let stored = StoredEvent(
                id: number + 1,
                tag: event.0.rawValue,
                timestamp: Double(number * 10),
                json: try event.1.text()
            )
            return sentences.sentence(on: stored).map { "\($0.level) \($0.text)" }
        }
    }

    @Test func `Slaves are named by number and address; a loss is a warning, a goodbye is none`() throws {
        let events: [(EventTag, JSONValue)] = [
            (.slaveConnected, ["slave_id": 1, "url": "a:1", "num_executors": 1]),
            (.slaveConnected, ["slave_id": 2, "url": "b:1", "num_executors": 8, "name": "big"]),
            (.slaveDrained, ["slave_id": 2, "url": "b:1"]), (.slaveResumed, ["slave_id": 2, "url": "b:1"]),
            (.slaveQuarantined, ["slave_id": 2, "url": "b:1", "seconds": .number(60.5), "builds": [3, 5]]),
            (.slaveShutdown, ["slave_id": 1]),
            (.slaveLost, ["slave_id": 1, "url": "a:1", "kind": "left", "reason": "it shut down"]),
            (
                .slaveLost,
                ["slave_id": 2, "url": "b:1", "kind": "silent", "reason": "no sign of life for 60.0 seconds"]
            ),
        ]
        #expect(
            try sentences(events) == [
                "info Slave 1 (a:1) is connected, with 1 executor.",
                "info Slave 2 (big, b:1) is connected, with 8 executors.",
                "info Slave 2 (big, b:1) is drained: it finishes what it runs, and gets no more work.",
                "info Slave 2 (big, b:1) gets work again.",
                "warning Slave 2 (big, b:1) gets no build for 60 s, because of its failures in builds 3, 5.",
                "info Slave 1 (a:1) is told to shut down.", "info Slave 1 (a:1) has left: it shut down.",
                "warning Slave 2 (big, b:1) is lost, and its work goes to others: no sign of life for 60.0 seconds.",
            ]
        )
    }

    @Test func `A build is told from its request to its end`() throws {
        let request: JSONValue = ["build_id": 1, "type": "git", "job_name": "Unit"]
        let plan: JSONValue = ["build_id": 1, "is_success": true, "job_name": "Unit", "num_atoms": 9, "num_subjobs": 1]
        let ends: [(JSONValue, String)] = [
            (
                ["build_id": 1, "status": "FINISHED", "is_success": true, "num_atoms": 9, "num_failed_atoms": 0],
                "info Build 1 passed, 9 atoms after 20 s."
            ),
            (
                ["build_id": 1, "status": "FINISHED", "is_success": false, "num_atoms": 9, "num_failed_atoms": 2],
                "info Build 1 failed, 2 of 9 atoms after 20 s."
            ),
            (["build_id": 1, "status": "CANCELED", "is_success": false], "info Build 1 was canceled after 20 s."),
            (
                ["build_id": 1, "status": "ERROR", "is_success": false, "reason": "git says no."],
                "warning Build 1 could not be run after 20 s: git says no."
            ),
        ]
        for (end, sentence) in ends {
            let events: [(EventTag, JSONValue)] = [
                (.buildRequestQueued, request), (.buildPrepareFinish, plan), (.buildFinished, end),
            ]
            #expect(
                try sentences(events) == [
                    "info Build 1 of job \"Unit\" is requested (git).",
                    "info Build 1 is prepared: 9 atoms in 1 subjob.", sentence,
                ]
            )
        }
        // A master that was restarted does not know when the build was requested.
        #expect(try sentences([(.buildFinished, ends[2].0)]) == ["info Build 1 was canceled."])
        #expect(try sentences([(.buildPrepareFinish, ["build_id": 1, "is_success": false])]) == [])
    }

    @Test func `Set-ups, refusals, obstacles and retries have a sentence each, and reasons an end`() throws {
        let place: [String: JSONValue] = ["build_id": 1, "subjob_id": 3, "atom_id": 0, "slave_id": 2]
        func at(_ more: [String: JSONValue]) -> JSONValue { .object(place.merging(more) { $1 }) }
        let long = String(repeating: "x", count: 10_000)
        let events: [(EventTag, JSONValue)] = [
            (.buildSetupFinish, ["build_id": 1, "slave_id": 2, "is_success": true]),
            (.buildSetupFinish, ["build_id": 1, "slave_id": 2, "is_success": false, "reason": .string(long)]),
            (.masterRefusedResult, at(["reason": "the lease is over"])),
            (.masterRefusedLeases, ["build_id": 1, "slave_id": 2, "leases": [4, 5]]),
            (.atomObstructed, at(["reason": "the disk is full"])), (.atomRetried, at(["exit_code": 7])),
        ]
        #expect(
            try sentences(events) == [
                "info Slave 2 is set up for build 1.",
                "warning Slave 2 could not be set up for build 1: \(long.prefix(500))….",
                "info The result of atom 0 of subjob 3 of build 1 from slave 2 is refused: the lease is over.",
                "info Slave 2 no longer holds leases 4, 5 of build 1.",
                "warning Slave 2 could not run atom 0 of subjob 3 of build 1, and another one is to: the disk is full.",
                "info The atom 0 of subjob 3 of build 1 failed on slave 2 (exit code 7) and is run again.",
            ]
        )
    }

    @Test func `Events of each atom, and those that nobody knows, have no sentence`() throws {
        let silent: [EventTag] = [
            .atomStart, .atomFinish, .subjobExecutionStart, .masterTriggeredSubjob, .masterReceivedResult,
            .serviceStarted,
        ]
        #expect(try sentences(silent.map { ($0, ["build_id": 1]) }) == [])
        var sentences = EventSentences()
        let unknown = StoredEvent(id: 1, tag: "NEW", timestamp: 0, json: Array("{}".utf8))
        #expect(sentences.sentence(on: unknown) == nil)
    }
}
