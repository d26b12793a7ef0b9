import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerHTTP
import ClusterRunnerPlugin
import ClusterRunnerWire
import Foundation
import HTTPTypes
import Hummingbird
import Testing

@Suite struct SlaveClientTests {
    private func instructions(_ texts: [String], error: (any Error)? = nil) -> Route {
        Route(.get, "slave/{slave_id}/instructions", access: .component) { _ in
            .stream(pieces(texts, error: error), contentType: "application/x-ndjson")
        }
    }

    private func received(_ texts: [String]) async throws -> [SlaveInstruction] {
        let all = Lock<[SlaveInstruction]>([])
        try await LocalServer.connect([instructions(texts)]) { connection in
            for try await instruction in try await SlaveClient(connection).instructions(slave: 3) {
                all.withLock { $0.append(instruction) }
            }
        }
        return all.withLock { $0 }
    }

    private let cancel = #"{"build":7,"kind":"cancel"}"#
    private let shutDown = #"{"kind":"shutdown"}"#

    @Test func `Instructions are lines, however they are cut into pieces`() async throws {
        let expected = [SlaveInstruction.cancel(build: 7), .shutDown]
        #expect(try await received(["\n", cancel + "\n", shutDown + "\n"]) == expected)
        #expect(try await received([cancel + "\n" + shutDown + "\n"]) == expected)
        #expect(try await received((cancel + "\n\n\n" + shutDown + "\n").map { String($0) }) == expected)
    }

    @Test func `Empty lines say nothing`() async throws {
        #expect(try await received(["\n", "\n\n", "\n"]).isEmpty)
    }

    @Test func `A line that was cut off at the end is no instruction`() async throws {
        #expect(try await received([cancel + "\n", #"{"kind":"shut"#]) == [.cancel(build: 7)])
    }

    @Test func `A line that is no instruction is an error`() async throws {
        let error = await #expect(throws: ClusterRunnerError.self) { try await received(["nonsense\n"]) }
        #expect(error?.message == "The body is not valid JSON.")
    }

    @Test func `A line that breaks is an error after what came before`() async throws {
        let route = instructions([cancel + "\n"], error: BrokenOff())
        try await LocalServer.connect([route]) { connection in
            var iterator = try await SlaveClient(connection).instructions(slave: 3).makeAsyncIterator()
            #expect(try await iterator.next() == .cancel(build: 7))
            _ = await #expect(throws: MasterUnreachable.self) { try await iterator.next() }
        }
    }

    @Test func `What a slave says goes to its own paths`() async throws {
        let heard = Lock<[String]>([])
        let actions = ["heartbeat", "setup", "teardown", "shutdown", "goodbye"]
        let routes = actions.map { action in
            Route(.post, "slave/{slave_id}/\(action)", access: .component, body: .json) { request in
                let body = String(decoding: request.body, as: UTF8.self)
                heard.withLock { $0.append("\(request.text("slave_id")) \(action) \(body)") }
                return try request.respond(["lost_leases": []])
            }
        }
        try await LocalServer.connect(routes) { connection in
            let client = SlaveClient(connection)
            _ = try await client.heartbeat(SlaveHeartbeat(build: 7, leases: [4]), slave: 3)
            try await client.report(SetupReport(build: 7, failure: nil), slave: 3)
            try await client.report(TeardownReport(build: 7), slave: 3)
            try await client.requestShutdown(slave: 3)
            try await client.sayGoodbye(slave: 3)
        }
        let expected = [
            #"3 heartbeat {"build":7,"leases":[4]}"#, #"3 setup {"build":7}"#, #"3 teardown {"build":7}"#,
            "3 shutdown {}", "3 goodbye {}",
        ]
        #expect(heard.withLock { $0 } == expected)
    }

    @Test func `The answers to a registration, to results and to console output are read`() async throws {
        let grant = LeaseGrant(lease: 9, build: 7, subjob: 1, atoms: [])
        let routes = [
            Route(.post, "slave", access: .component, body: .json) { request in
                let registration = try request.decode(SlaveRegistration.self)
                let id = SlaveID(registration.numExecutors)
                return try request.respond(
                    with: SlaveWelcome(slaveID: id, lostLeases: [3], silenceLimit: 9, token: "t")
                )
            },
            Route(.post, "slave/{slave_id}/results", access: .component, body: .json) { request in
                try request.respond(["grants": try Self.json([grant]), "refused": [], "lost_leases": []])
            },
            Route(.post, "slave/{slave_id}/console", access: .component, body: .json) { request in
                let report = try request.decode(ConsoleReport.self)
                return try request.respond(with: ConsoleReceipt(length: report.offset + report.bytes.count))
            },
        ]
        try await LocalServer.connect(routes) { connection in
            let client = SlaveClient(connection)
            let welcome = try await client.register(.init(slave: "h:1", numExecutors: 5, sessionID: "s"))
            #expect(welcome == SlaveWelcome(slaveID: 5, lostLeases: [3], silenceLimit: 9, token: "t"))
            let answer = try await client.report(ResultsReport(build: 7, upload: nil, reports: []), slave: 3)
            #expect(answer.grants == [grant] && answer.refused.isEmpty)
            let claim = LeasedAtom(lease: 1, subjob: 2, atom: 3)
            let length = try await client.report(
                .init(build: 7, claim: claim, offset: 4, bytes: .init([1, 2])),
                slave: 3
            )
            #expect(length == 6)
        }
    }

    private static func json(_ value: some Encodable) throws -> JSONValue {
        try JSONCoding.decode(JSONValue.self, from: try JSONCoding.encode(value))
    }

    @Test func `The project of a build is asked with bytes and answered with bytes`() async throws {
        let route = Route(.post, "build/{build_id}/project", access: .component, body: .json) { request in
            .stream(
                pieces([request.text("build_id"), String(decoding: request.body, as: UTF8.self)]),
                contentType: "x/y"
            )
        }
        try await LocalServer.connect([route]) { connection in
            let source = SlaveClient(connection).projectSource(build: 7)
            var bytes: [UInt8] = []
            for try await piece in try await source.request(Array("want".utf8)) { bytes += piece }
            #expect(String(decoding: bytes, as: UTF8.self) == "7want")
        }
    }
}
