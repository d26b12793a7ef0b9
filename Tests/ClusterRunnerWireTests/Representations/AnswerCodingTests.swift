import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerWire
import Testing

@Suite struct AnswerCodingTests {
    private struct Sample: Codable, Equatable {
        var second = "b\n"
        var first: Int?
        @Omissible(wrappedValue: nil) var left: String?
        var list: [Inner] = []
        var open: JSONValue = [:]
        var numbers: [Double?] = []
        var empty = Empty()

        struct Inner: Codable, Equatable {
            let flag: Bool
            let state: BuildState
        }

        struct Empty: Codable, Equatable {}
    }

    @Test func `Members stand in the order of their keys, and nil is null unless it may be left out`() throws {
        #expect(
            try text(Sample())
                == #"{"empty":{},"first":null,"left":null,"list":[],"numbers":[],"open":{},"second":"b\n"}"#
                .replacing(#""left":null,"#, with: "")
        )
        let sample = Sample(
            first: 1,
            left: Omissible(wrappedValue: "x"),
            list: [.init(flag: true, state: .queued), .init(flag: false, state: .error)],
            open: ["z": [1, nil], "a": .number(0.5)],
            numbers: [1, nil, 2.5]
        )
        #expect(
            try text(sample)
                == #"{"empty":{},"first":1,"left":"x","list":[{"flag":true,"state":"QUEUED"},"#
                + #"{"flag":false,"state":"ERROR"}],"numbers":[1,null,2.5],"open":{"a":0.5,"z":[1,null]},"second":"b\n"}"#
        )
        #expect(try JSONCoding.decode(Sample.self, from: JSONCoding.encode(answer: sample)) == sample)
    }

    @Test func `A number that JSON cannot express is refused`() {
        #expect(throws: ClusterRunnerError.self) { try text(["a": Double.infinity]) }
    }

    private var build: BuildRepresentation {
        var record = BuildRecord(
            id: 7,
            projectType: "git",
            parameters: ProjectParameters(["url": "u"]),
            state: .finished
        )
        record.result = .failure
        record.timestamps = [.queued: 1.5, .finished: 3]
        let atom = AtomRecord(
            buildID: 7,
            subjobID: 1,
            id: 2,
            atom: Atom(variable: "V", value: "x"),
            state: .completed,
            result: AtomResult(exitCode: 3, seconds: 1.25, cause: "timeout", notes: ["n"])
        )
        let form = BuildRepresentation.Form(version: .v1, v1Status: .documented)
        return BuildRepresentation(record, form, failedAtoms: [atom])
    }

    @Test func `A build is read as it was written`() throws {
        let read = try JSONCoding.decode(BuildAnswer.self, from: JSONCoding.encode(answer: BuildAnswer(build)))
        #expect(read == BuildAnswer(build))
        #expect(read.build.timestamps[.finished] == 3 && read.build.timestamps[.building] == nil)
    }

    @Test(arguments: ["id", "state", "progress", "notes", "request_params", "state_timestamps", "status"])
    func `A build without a key that must be there is an error that names it`(key: String) throws {
        var members = try #require(try json(build).object)
        members[key] = nil
        let bytes = try JSONValue.object(["build": .object(members)]).text()
        let error = #expect(throws: ClusterRunnerError.self) { try JSONCoding.decode(BuildAnswer.self, from: bytes) }
        #expect(error?.message == "The JSON has no \"build.\(key)\".")
    }
}
