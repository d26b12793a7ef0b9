import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerWire
import Foundation
import Testing

@Suite struct MessageCodingTests {
    private func text(_ value: some Encodable) throws -> String {
        String(decoding: try JSONCoding.encode(value), as: UTF8.self)
    }

    private func again<Value: Codable>(_ value: Value) throws -> Value {
        try JSONCoding.decode(Value.self, from: try JSONCoding.encode(value))
    }

    static let instructions: [SlaveInstruction] = [
        .setUp(
            BuildSetup(
                build: 7,
                projectType: "git",
                parameters: ProjectParameters(["url": "ssh://host/x", "list": [1, .number(2.5), true, nil]]),
                remoteFiles: [RemoteFile(uri: "http://host/f", name: "f")],
                job: Job(
                    name: "Tests",
                    command: "run \"$T\"",
                    atomizers: [Atomizer(variable: "T", command: "ls")],
                    setup: "make",
                    teardown: "clean",
                    maxExecutors: 3,
                    maxExecutorsPerSlave: 2,
                    timeout: 1.5,
                    retries: 1,
                    failFast: true,
                    speculate: true,
                    environment: ["A": "ü"]
                ),
                executors: 2,
                firstExecutorIndex: 4
            )
        ),
        .run([
            LeaseGrant(
                lease: 9,
                build: 7,
                subjob: 0,
                atoms: [GrantedAtom(id: 1, atom: Atom(variable: "T", value: "line\nbreak / \u{2028}"))]
            )
        ]),
        .run([]), .tearDown(build: 7), .cancel(build: 7), .shutDown,
        .giveBack(build: 7, [LeaseAtoms(lease: 9, atoms: [1, 2])]),
        .stop(build: 7, [LeaseAtoms(lease: 9, atoms: [3])]),
    ]

    @Test(arguments: instructions)
    func `An instruction arrives as it was sent, on one line`(instruction: SlaveInstruction) throws {
        #expect(try again(instruction) == instruction)
        #expect(try !JSONCoding.encode(instruction).contains(UInt8(ascii: "\n")))
    }

    @Test func `Short instructions look like this`() throws {
        #expect(try text(SlaveInstruction.shutDown) == #"{"kind":"shutdown"}"#)
        #expect(try text(SlaveInstruction.cancel(build: 7)) == #"{"build":7,"kind":"cancel"}"#)
        #expect(try text(SlaveInstruction.tearDown(build: 7)) == #"{"build":7,"kind":"teardown"}"#)
    }

    @Test func `Atoms of a lease look like this`() throws {
        let parts = [LeaseAtoms(lease: 9, atoms: [1, 2])]
        let asked = try text(SlaveInstruction.giveBack(build: 7, parts))
        #expect(asked == #"{"build":7,"kind":"give_back","parts":[{"atoms":[1,2],"lease":9}]}"#)
        let stopped = try text(SlaveInstruction.stop(build: 7, parts))
        #expect(stopped == #"{"build":7,"kind":"stop","parts":[{"atoms":[1,2],"lease":9}]}"#)
        let returned = ResultsReport(build: 7, upload: nil, reports: [], returned: parts)
        #expect(try again(returned) == returned)
        let old = try JSONCoding.decode(ResultsReport.self, from: #"{"build":7,"reports":[]}"#.utf8)
        #expect(old.returned == [])
    }

    @Test func `A job that was stored before there was speculate is read`() throws {
        let job = Job(name: "Tests", command: "run", atomizers: [])
        #expect(try !text(job).contains("specul"))
        #expect(try again(job) == job && !job.speculate)
    }

    @Test func `An unknown instruction is an error that names it`() {
        let error = #expect(throws: ClusterRunnerError.self) {
            try JSONCoding.decode(SlaveInstruction.self, from: #"{"kind":"dance"}"#.utf8)
        }
        #expect(error?.message == "\"kind\" in the JSON is malformed.")
    }

    @Test func `Reports arrive as they were sent`() throws {
        let result = AtomResult(
            exitCode: 3,
            seconds: 0.25,
            cause: "timeout",
            console: .inline([0, 255]),
            hasArtifacts: true
        )
        let filed = AtomResult(exitCode: 0, seconds: 1, console: .file, notes: ["A note."])
        let reports = [result, filed].map { AtomReport(lease: 1, subjob: 2, atom: 3, executor: 0, result: $0) }
        let message = ResultsReport(build: 7, upload: "u", reports: reports)
        #expect(try again(message) == message)
        let claim = LeasedAtom(lease: 1, subjob: 2, atom: 3)
        let running = RunningAtom(claim: claim, executor: 3, age: 2.5)
        let heartbeat = SlaveHeartbeat(build: 7, leases: [1], running: [running])
        #expect(try again(heartbeat) == heartbeat)
        let old = try JSONCoding.decode(SlaveHeartbeat.self, from: #"{"build":7,"leases":[1]}"#.utf8)
        #expect(old == SlaveHeartbeat(build: 7, leases: [1]))
        let console = ConsoleReport(build: 7, claim: claim, offset: 5, bytes: Data([0, 255]))
        #expect(try again(console) == console)
        #expect(try again(SetupReport(build: 7, failure: "no")) == SetupReport(build: 7, failure: "no"))
        #expect(try again(TeardownReport(build: 7)) == TeardownReport(build: 7))
        let run = CommandRun(kind: .setup, command: "make", exitCode: nil, output: "ü", seconds: 1.5, age: 2)
        let setup = SetupReport(build: 7, failure: nil, commands: [run])
        #expect(try again(setup) == setup)
        #expect(try again(TeardownReport(build: 7, commands: [run])) == TeardownReport(build: 7, commands: [run]))
        #expect(try JSONCoding.decode(TeardownReport.self, from: #"{"build":7}"#.utf8) == TeardownReport(build: 7))
        #expect(try again(ConsoleReceipt(length: 4)) == ConsoleReceipt(length: 4))
        #expect(try again(UploadAnswer(notes: ["a": ["b"]])) == UploadAnswer(notes: ["a": ["b"]]))
    }

    @Test func `A registration has the names of 1.x`() throws {
        let registration = SlaveRegistration(slave: "host:43001", numExecutors: 4, sessionID: "s")
        #expect(try text(registration) == #"{"num_executors":4,"session_id":"s","slave":"host:43001"}"#)
        let welcome = SlaveWelcome(slaveID: 3, lostLeases: [5, 8], silenceLimit: 10, token: "t")
        #expect(try text(welcome) == #"{"lost_leases":[5,8],"silence_limit":10,"slave_id":3,"token":"t"}"#)
        #expect(try again(registration) == registration)
    }
}
