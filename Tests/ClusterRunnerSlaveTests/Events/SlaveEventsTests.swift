import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerTesting
import ClusterRunnerWire
import Foundation
import Logging
import Testing

@testable import ClusterRunnerSlave

@Suite(.timeLimit(.minutes(10))) struct SlaveEventsTests {
    /// Returns the tags of a log, each with a member of its event.
    private func lines(_ path: String, with member: String) throws -> [String] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map { line in
            let event = try JSONCoding.decodeObject(from: Array(line.utf8))
            let value = event[member]?.integer.map { ":\($0)" } ?? ""
            return (event["__tag__"]?.string ?? "") + value
        }
    }

    @Test func `The log gets each event as a line, numbered from 1`() async throws {
        try await withScratchDirectory { directory in
            let path = "\(directory)/events.log"
            let events = SlaveEvents(place: .file(path), timekeeper: .system(), logger: .silent)
            try await events.write {
                events.record(.serviceStarted, ["service": "slave"])
                events.record(.atomStart, ["atom_id": 1])
            }
            #expect(try lines(path, with: "__id__") == ["SERVICE_STARTED:1", "ATOM_START:2"])
        }
    }

    @Test func `A log that cannot be written keeps the slave from starting`() async throws {
        let events = SlaveEvents(place: .file("/no/such/place/e"), timekeeper: .system(), logger: .silent)
        let error = await #expect(throws: ClusterRunnerError.self) { try await events.write {} }
        #expect(error?.message == "Cannot write the event log /no/such/place/e: No such file or directory.")
    }

    @Test func `Events beyond what may wait are dropped, and counted in the log of the slave`() async throws {
        let logged = LoggedLines()
        let events = SlaveEvents(place: .file("/dev/full"), timekeeper: .system(), logger: logged.logger, limit: 100)
        try await events.write {
            for atom in 0..<50 { events.record(.atomStart, ["atom_id": .integer(atom)]) }
        }
        #expect(logged.lines.contains("Too many events wait for the event log; further ones are dropped."))
        #expect(
            logged.lines.last
                == "The event log is not complete: Cannot write the event log /dev/full: No space left on device."
        )
    }

    @Test func `Nothing is recorded without a log`() async throws {
        let events = SlaveEvents(place: nil, timekeeper: .system(), logger: .silent)
        func data() -> [String: JSONValue] {
            Issue.record("Nobody reads it.")
            return [:]
        }
        try await events.write { events.record(.atomStart, data()) }
    }

    @Test func `An executor's part of a subjob begins with its first atom and ends with its last`() async throws {
        try await withScratchDirectory { directory in
            let path = "\(directory)/events.log"
            let events = SlaveEvents(place: .file(path), timekeeper: .system(), logger: .silent)
            let job = Job(name: "Unit", command: "true", atomizers: [])
            var log = ExecutorEvents(events: events, setup: .of(job), executor: 3)
            func task(_ subjob: SubjobID, _ atom: AtomIndex) -> QueuedAtom {
                QueuedAtom(
                    lease: LeaseID(subjob.rawValue),
                    subjob: subjob,
                    atom: GrantedAtom(id: atom, atom: Atom(variable: "A", value: ""))
                )
            }
            try await events.write {
                for (subjob, atom) in [(1, 0), (1, 1), (2, 0)] { log.takes(task(SubjobID(subjob), AtomIndex(atom))) }
                log.endSubjob()
                log.endSubjob()
            }
            #expect(
                try lines(path, with: "subjob_id") == [
                    "SUBJOB_EXECUTION_START:1", "SUBJOB_EXECUTION_FINISH:1", "SUBJOB_EXECUTION_START:2",
                    "SUBJOB_EXECUTION_FINISH:2",
                ]
            )
        }
    }
}
