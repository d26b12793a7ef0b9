import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerTerminal
import ClusterRunnerWire
import Testing

@testable import ClusterRunnerCommands

@Suite struct TextTableTests {
    private var table: TextTable {
        var table = TextTable(columns: [.init("N", isNumber: true), .init("NAME", mayShrink: true), .init("STATE")])
        table.rows = [
            [.init("1"), .init("a name that is rather long"), .init("passed", .green)],
            [.init("12"), .init("日本"), .init("failed", .red)],
        ]
        return table
    }

    @Test func `Columns are as wide as what is in them, and numbers stand at their right`() {
        #expect(
            table.lines(width: nil) == [
                " N  NAME                        STATE", " 1  a name that is rather long  passed",
                "12  日本                        failed",
            ]
        )
    }

    @Test func `The column that may is cut to the width of the terminal`() {
        let lines = table.lines(width: 24)
        #expect(lines == [" N  NAME          STATE", " 1  a name that…  passed", "12  日本          failed"])
        #expect(lines.allSatisfy { TerminalText.width(of: $0) <= 24 })
    }

    @Test func `Colours take no room`() {
        let lines = table.lines(width: nil, style: TextStyle(isColoured: true))
        #expect(lines[2] == "12  日本                        \u{1B}[31mfailed\u{1B}[0m")
    }
}

@Suite struct TextStyleTests {
    @Test func `NO_COLOR and a dumb terminal have no colours, and an empty NO_COLOR says nothing`() {
        #expect(TextStyle.choose(isTerminal: true, environment: [:]).isColoured)
        #expect(TextStyle.choose(isTerminal: true, environment: ["NO_COLOR": ""]).isColoured)
        #expect(!TextStyle.choose(isTerminal: true, environment: ["NO_COLOR": "1"]).isColoured)
        #expect(!TextStyle.choose(isTerminal: true, environment: ["TERM": "dumb"]).isColoured)
        #expect(!TextStyle.choose(isTerminal: false, environment: [:]).isColoured)
    }

    @Test(arguments: [(0, "0:00"), (5.4, "0:05"), (59.6, "1:00"), (754, "12:34"), (3723, "1:02:03"), (-1, "0:00")])
    func `Durations are shown as a clock does`(seconds: Double, text: String) {
        #expect(DurationText.clock(seconds) == text)
    }

    @Test(arguments: [(3.9, "3 s"), (99, "99 s"), (100, "1 min"), (7_300, "2 h"), (172_800, "2 d")])
    func `Ages are shown in one unit`(seconds: Double, text: String) {
        #expect(DurationText.age(seconds) == text)
    }
}

@Suite struct ListTests {
    private func build(_ id: BuildID, _ members: [String: JSONValue]) throws -> BuildRepresentation {
        let base: [String: JSONValue] = ["id": .integer(id), "state": "FINISHED", "result": "NO_FAILURES"]
        return try .sample(base.merging(members) { $1 })
    }

    @Test func `Builds are listed with their counts and times`() throws {
        let times: JSONValue = ["queued": 1_000, "finished": .number(1_065.4)]
        let progress: JSONValue = ["atoms": 10, "done": 10, "failed": 0, "flaky": 1]
        let running: JSONValue = ["atoms": 10, "done": 4, "failed": 2, "flaky": 0, "running": 3]
        let list = BuildList(
            builds: [
                try build(1, ["job_name": "unit", "progress": progress, "state_timestamps": times]),
                try build(
                    2,
                    ["state": "BUILDING", "result": .null, "progress": running, "state_timestamps": ["queued": 1_970]]
                ),
                try build(3, ["state": "ERROR", "result": "FAILURE"]),
            ],
            now: 2_000
        )
        #expect(
            list.lines(width: nil, style: .plain) == [
                "BUILD  STATE     JOB   PROJECT  ATOMS  FAILED  FLAKY  TOOK  REQUESTED   BY",
                "    1  passed    unit  -           10       0      1  1:05  16 min ago  -",
                "    2  building  -     -         4/10       2      0  0:30  30 s ago    -",
                "    3  error     -     -            -       0      0     -  -           -",
            ]
        )
        #expect(BuildList(builds: [], now: 0).lines(width: 80, style: .plain) == ["There are no builds."])
    }

    @Test func `Builds are listed with their commit, their requester and what they run`() throws {
        let running: JSONValue = [
            "subjob_id": 3, "atom_id": 0, "variable": "TEST", "value": "tests/test_a.py", "slave_id": 7,
            "slave": "build-07", "seconds": 38, "expected_time": 12,
        ]
        let unnamed: JSONValue = [
            "subjob_id": 4, "atom_id": 0, "variable": "TEST", "value": "b", "slave_id": 8, "seconds": 3,
        ]
        let members: [String: JSONValue] = [
            "state": "BUILDING", "result": .null, "project": "https://example.org/team/shop.git", "branch": "main",
            "commit": "0123456789abcdef", "requester": "ada@laptop", "running_atoms": [running, unnamed],
            "progress": ["atoms": 9, "done": 0, "failed": 0, "flaky": 0],
        ]
        let waiting: [String: JSONValue] = ["state": "QUEUED", "result": .null, "waiting_for": "its turn"]
        let list = BuildList(builds: [try build(1, members), try build(2, waiting)], now: 2_000)
        let lines = list.lines(width: nil, style: .plain)
        #expect(
            lines[1] == "    1  building  -    shop main 01234567    0/9       0      0     -  -          ada@laptop"
        )
        #expect(
            lines.suffix(2) == [
                "Build 1 runs tests/test_a.py on build-07 for 38 s, expected 12 s; b on slave 8 for 3 s",
                "Build 2 waits for its turn",
            ]
        )
        let narrow = list.lines(width: 80, style: .plain)
        #expect(narrow[0] == "BUILD  STATE     JOB  PROJECT             ATOMS  FAILED  TOOK  REQUESTED")
    }

    @Test func `A build is shown with its times, its page and the atoms that run`() throws {
        let running: JSONValue = [
            "subjob_id": 3, "atom_id": 0, "variable": "TEST", "value": "tests/test_a.py", "slave_id": 7,
            "slave": "build-07", "seconds": 38, "expected_time": 12,
        ]
        let status = try build(
            7,
            [
                "state": "BUILDING", "result": .null, "running_atoms": [running], "branch": "main",
                "state_timestamps": ["queued": 100, "building": 102],
                "progress": ["atoms": 1, "done": 0, "failed": 0, "flaky": 0],
            ]
        )
        var overview = BuildOverview(status: status, now: 140, link: "http://m:43000/dashboard/builds/7")
        overview.clock = { "at \(Int($0))" }
        #expect(
            overview.lines(width: 80, style: .plain) == [
                "build:    7", "state:    building", "type:     directory", "branch:   main", "atoms:    0 of 1 done",
                "queued:   at 100", "begun:    at 102", "took:     0:40", "page:     http://m:43000/dashboard/builds/7",
                "", "ATOM  RUNNING LONGEST  SLAVE     SECONDS  EXPECTED",
                "3/0   tests/test_a.py  build-07       38        12",
            ]
        )
    }

    @Test func `A build is shown with what it waits for and what failed`() throws {
        let atom: JSONValue = [
            "subjob_id": 4, "id": 0, "command_string": "export A=\"x\";", "state": "COMPLETED", "exit_code": 3,
            "actual_time": .number(1.5), "attempts": 2, "cause": .null,
        ]
        let status = try build(
            7,
            [
                "state": "BUILDING", "result": .null, "job_name": "unit", "request_params": ["type": "git"],
                "progress": [
                    "atoms": 9, "done": 3, "failed": 1, "flaky": 0, "running": 2,
                    "expected_seconds_left": .number(61.2),
                ],
                "state_timestamps": ["queued": 100], "waiting_for": "a slave", "failed_atoms": [atom],
            ]
        )
        var overview = BuildOverview(status: status, now: 105)
        overview.clock = { "at \(Int($0))" }
        #expect(
            overview.lines(width: 80, style: .plain) == [
                "build:    7", "state:    building", "job:      unit", "type:     git",
                "atoms:    3 of 9 done, 1 failed, 2 running", "queued:   at 100", "took:     0:05",
                "left:     about 1:01",
                "waiting:  for a slave", "", "ATOM  FAILED ATOMS  EXIT  SECONDS  ATTEMPTS  CAUSE",
                "4/0   x                3     1.50         2  -",
            ]
        )
    }

    @Test func `Slaves are listed with what they do`() throws {
        let base: [String: JSONValue] = [
            "id": 1, "url": "host:43001", "num_executors": 4, "num_executors_in_use": 0, "current_build_id": .null,
            "is_alive": true, "is_in_shutdown_mode": false, "quarantined_until": .null, "session_id": "s",
            "is_draining": false, "name": "build-07", "version": "0.2.0",
        ]
        let others: [[String: JSONValue]] = [
            ["id": 2, "num_executors_in_use": 3, "current_build_id": 8], ["id": 3, "is_alive": false],
            ["id": 4, "quarantined_until": .number(130.5)], ["id": 5, "is_in_shutdown_mode": true],
            ["id": 6, "is_draining": true], ["id": 7, "is_draining": true, "current_build_id": 8, "name": .null],
        ]
        let list = SlaveList(
            slaves: try ([[:]] + others).map { try JSONValue.object(base.merging($0) { $1 }).read() },
            now: 100
        )
        #expect(
            list.lines(width: nil, style: .plain) == [
                "SLAVE  NAME      ADDRESS     STATE              EXECUTORS  BUSY  BUILD  VERSION",
                "    1  build-07  host:43001  idle                       4     0      -  0.2.0",
                "    2  build-07  host:43001  working                    4     3      8  0.2.0",
                "    3  build-07  host:43001  lost                       4     0      -  0.2.0",
                "    4  build-07  host:43001  kept out for 30 s          4     0      -  0.2.0",
                "    5  build-07  host:43001  shutting down              4     0      -  0.2.0",
                "    6  build-07  host:43001  drained                    4     0      -  0.2.0",
                "    7  -         host:43001  draining                   4     0      8  0.2.0",
            ]
        )
    }
}
