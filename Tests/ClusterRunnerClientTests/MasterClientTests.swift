import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerHTTP
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerTesting
import ClusterRunnerWire
import Foundation
import HTTPTypes
import Hummingbird
import Testing

@Suite struct MasterClientTests {
    @Test func `A build is requested with its fields and gets its number`() async throws {
        let route = Route(.post, "build", access: .change, body: .json) { request in
            let fields = try JSONCoding.decodeObject(from: request.body)
            return try request.respond(["build_id": fields["number"] ?? .null], status: .accepted)
        }
        try await LocalServer.connect([route]) { connection in
            let client = MasterClient(connection)
            let id = try await client.createBuild(["number": 12])
            #expect(id == 12)
            let error = await #expect(throws: ClusterRunnerError.self) { try await client.createBuild([:]) }
            #expect(error?.message.hasSuffix("\"build_id\" in the JSON is null, not a Int.") == true)
        }
    }

    @Test func `A build is read as it stands, and may be waited for`() async throws {
        let atom = AtomRecord(
            buildID: 7,
            subjobID: 1,
            id: 2,
            atom: Atom(variable: "V", value: "x"),
            state: .completed,
            result: AtomResult(exitCode: 3, seconds: 1, cause: "timeout")
        )
        var record = BuildRecord(id: 7, projectType: "git", parameters: ProjectParameters([:]), state: .finished)
        record.result = .failure
        record.progress = BuildProgress(subjobs: 2, atoms: 3, completedSubjobs: 2)
        let form = BuildRepresentation.Form(version: .v1, v1Status: .documented)
        let answer = BuildAnswer(BuildRepresentation(record, form, failedAtoms: [atom]))
        let route = Route.get("build/{build_id}") { request in
            #expect(["1.5", nil].contains(request.query("wait")))
            return try request.respond(answer)
        }
        try await LocalServer.connect([route]) { connection in
            let build = try await MasterClient(connection).build(7, wait: .milliseconds(1500))
            #expect(build.id == 7 && build.state == .finished && build.result == .failure)
            #expect(build.details == "2 of 2 subjobs are complete (100.0%).")
            #expect(build.atoms == 3 && build.subjobs == 2 && build.errorMessage == nil)
            let failed = try #require(build.failedAtoms.first)
            #expect(failed.subjob == 1 && failed.id == 2 && failed.exitCode == 3 && failed.cause == "timeout")
            #expect(failed.command == "export V=\"x\";")
            #expect(try await MasterClient(connection).build(7) == build)
        }
    }

    @Test(
        arguments: [
            ([:], "The JSON has no \"build\"."), (["build": 1], "\"build\" in the JSON is not a "),
            (["build": ["id": 1]], "The JSON has no \"build."),
            (["build": ["id": 1, "state": "DREAMING"]], "The JSON has no \"build."),
        ] as [([String: JSONValue], String)]
    )
    func `An answer that is no build is an error`(members: [String: JSONValue], reason: String) async throws {
        let route = Route.get("build/{build_id}") { try $0.respond(members) }
        try await LocalServer.connect([route]) { connection in
            let error = await #expect(throws: ClusterRunnerError.self) { try await MasterClient(connection).build(7) }
            let message = try #require(error?.message)
            #expect(message.contains("is not one of this version's API. \(reason)"), "\(message)")
        }
    }

    @Test func `Cancel and shutdown say what they mean`() async throws {
        let (bodies, continuation) = AsyncStream<String>.makeStream()
        let answer: @Sendable (RouteRequest) async throws -> JSONMembers = { request in
            continuation.yield(String(decoding: request.body, as: UTF8.self))
            return ["message": "It is done."]
        }
        let routes = [
            Route(.put, "build/{build_id}", access: .change, body: .json) { try $0.respond(try await answer($0)) },
            Route(.post, "slave/shutdown", access: .change, body: .json) { try $0.respond(try await answer($0)) },
        ]
        try await LocalServer.connect(routes) { connection in
            let client = MasterClient(connection)
            try await client.cancel(build: 7)
            try await client.shutDown(slaves: [1, 2])
            try await client.shutDown(slaves: nil)
        }
        continuation.finish()
        let heard = await bodies.reduce(into: []) { $0.append($1) }
        #expect(heard == [#"{"status":"canceled"}"#, #"{"slaves":[1,2]}"#, #"{"shutdown_all":true}"#])
    }

    private typealias JSONMembers = [String: JSONValue]

    @Test func `Version, slaves and console output are read`() async throws {
        let slave = SlaveStatus(
            id: 1,
            url: "host:43001",
            sessionID: "s",
            executors: 3,
            executorsInUse: 1,
            phase: .working(build: 7),
            isConnected: true,
            isShuttingDown: false,
            isDismissed: false,
            quarantine: nil
        )
        let routes = [
            Route.get("version") { try $0.respond(VersionAnswer(version: "3.1", apiVersion: 1)) },
            Route.get("slave") { try $0.respond(SlavesAnswer([SlaveRepresentation(slave)])) },
            Route.get("build/{b}/subjob/{s}/atom/{a}/console") { request in
                let parts = ["b", "s", "a"].map(request.text) + [request.query("max_lines") ?? ""]
                return try request.respond(
                    ConsoleAnswer(content: parts.joined(separator: " "), offset: 0, lines: 1, total: 1)
                )
            },
        ]
        try await LocalServer.connect(routes) { connection in
            let client = MasterClient(connection)
            let version = try await client.version()
            #expect(version == "3.1")
            #expect(try await client.slaves() == [SlaveRepresentation(slave)])
            #expect(try await client.console(build: 7, subjob: 1, atom: 2, lines: 10) == "7 1 2 10")
        }
    }

    @Test func `The archive of a build is downloaded to a file`() async throws {
        let route = Route.get("build/{build_id}/artifacts.tar.gz") { _ in
            .stream(pieces(["one ", "two"]), contentType: "application/gzip")
        }
        try await withScratchDirectory { directory in
            try await LocalServer.connect([route]) { connection in
                let client = MasterClient(connection)
                try await client.downloadArtifacts(build: 7, to: "\(directory)/a")
                let error = await #expect(throws: ClusterRunnerError.self) {
                    try await client.downloadArtifacts(build: 7, to: "\(directory)/none/a")
                }
                #expect(error?.message == "Cannot write \(directory)/none/a: No such file or directory.")
            }
            #expect(FileManager.default.contents(atPath: "\(directory)/a") == Data("one two".utf8))
        }
    }
}
