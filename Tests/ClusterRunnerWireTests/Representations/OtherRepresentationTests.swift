import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerWire
import Testing

@Suite struct OtherRepresentationTests {
    private let atom = AtomRecord(
        buildID: 1,
        subjobID: 3,
        id: 2,
        atom: Atom(variable: "V", value: "a \"b\""),
        expectedTime: 1.5
    )

    @Test func `An atom without a result shows null for what is not known`() throws {
        let expected: JSONValue = [
            "id": 2, "subjob_id": 3, "command_string": #"export V="a \"b\"";"#, "state": "NOT_STARTED",
            "exit_code": nil, "expected_time": .number(1.5), "actual_time": nil, "attempts": 0, "cause": nil,
            "could_not_run": 0, "notes": [], "slave_id": nil, "executor": nil, "started_at": nil,
            "num_cases": nil, "failed_cases": nil,
        ]
        #expect(try json(AtomRepresentation(atom)) == expected)
    }

    @Test func `An atom with a result shows it`() throws {
        var atom = atom
        atom.state = .completed
        atom.attempts = 1
        (atom.slaveID, atom.executor, atom.startedAt) = (4, 0, 1000.5)
        atom.result = AtomResult(exitCode: 143, seconds: 2.5, cause: "timeout", notes: ["A note."])
        let object = try #require(try json(AtomRepresentation(atom)).object)
        #expect(object["state"] == "COMPLETED" && object["exit_code"] == 143 && object["cause"] == "timeout")
        #expect(object["actual_time"] == .number(2.5) && object["notes"] == ["A note."])
        #expect(object["slave_id"] == 4 && object["executor"] == 0 && object["started_at"] == .number(1000.5))
    }

    @Test func `The atoms of a subjob that a slave holds are in progress until they have a result`() throws {
        var done = atom
        done.state = .completed
        let subjob = SubjobRecord(
            buildID: 1,
            id: 3,
            atomCount: 2,
            state: .inProgress,
            slaveID: 4,
            slaveURL: "host:43001",
            lease: 9,
            attempts: 2
        )
        let object = try json(SubjobRepresentation(subjob, atoms: [atom, done], command: "run"))
        let members = try #require(object.object)
        let states = members["atoms"]?.array?.map { $0.object?["state"] }
        #expect(states == ["IN_PROGRESS", "COMPLETED"])
        #expect(members["slave"] == "host:43001" && members["slave_id"] == 4 && members["attempt"] == 2)
        #expect(members["state"] == "IN_PROGRESS" && members["command"] == "run" && members["id"] == 3)
    }

    @Test func `A subjob that nobody has held shows no slave`() throws {
        let subjob = SubjobRecord(buildID: 1, id: 0, atomCount: 0)
        let expected: JSONValue = [
            "id": 0, "command": "run", "atoms": [], "slave": nil, "slave_id": nil, "state": "QUEUED", "attempt": 0,
            "lost_slaves": [],
        ]
        #expect(try json(SubjobRepresentation(subjob, atoms: [], command: "run")) == expected)
    }

    @Test func `A slave shows what it does`() throws {
        let status = SlaveStatus(
            id: 5,
            url: "host:43001",
            sessionID: "s",
            executors: 3,
            executorsInUse: 0,
            phase: .idle,
            isConnected: false,
            isShuttingDown: false,
            isDismissed: false,
            quarantine: nil
        )
        let expected: JSONValue = [
            "id": 5, "url": "host:43001", "session_id": "s", "num_executors": 3, "num_executors_in_use": 0,
            "current_build_id": nil, "is_alive": true, "is_in_shutdown_mode": false,
            "quarantined_until": nil, "is_draining": false, "name": nil, "version": nil,
        ]
        #expect(try json(SlaveRepresentation(status)) == expected)
    }

    @Test func `An event shows its data, and nothing in it hides the event's own members`() {
        let event = StoredEvent(
            id: 7,
            tag: "BUILD_FINISHED",
            timestamp: 2.5,
            json: Array(#"{"__id__":99,"build_id":1}"#.utf8)
        )
        let expected: JSONValue = [
            "__id__": 7, "__tag__": "BUILD_FINISHED", "__timestamp__": .number(2.5), "build_id": 1,
        ]
        #expect(EventRepresentation.object(event) == expected)
    }

    @Test(arguments: ["{}", #"{"a":"x\ny","build_id":1}"#])
    func `The text of an event is that of its object`(data: String) throws {
        let event = StoredEvent(id: 7, tag: "A \"TAG\"", timestamp: 2.5, json: Array(data.utf8))
        #expect(try EventRepresentation.json(event) == JSONCoding.encode(EventRepresentation.object(event)))
    }
}
