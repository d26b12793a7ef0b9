import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerHTTP
import ClusterRunnerPlugin
import ClusterRunnerScheduling
import ClusterRunnerWire
import Hummingbird

/// The slave protocol.
///
/// Slaves only ever open connections to the master. Every request is signed.
extension MasterRoutes {
    var slaveProtocolRoutes: [Route] {
        [
            component("slave") { request in
                let registration = try tokens.proven(try request.decode(SlaveRegistration.self))
                try registration.check()
                return try request.respond(with: try await welcome(registration))
            },
            Route(.get, "slave/{slave_id}/instructions", access: .component) { try await instructions($0) },
            message("heartbeat") { request, slave in
                let heartbeat = try request.decode(SlaveHeartbeat.self)
                try heartbeat.check()
                let lost = try await coordinator.heartbeat(from: slave, heartbeat)
                let answer = HeartbeatAnswer(lostLeases: lost)
                return try request.respond(with: answer, objection: answer.objection)
            },
            message("setup") { request, slave in
                let report = try request.decode(SetupReport.self)
                try report.commands.check()
                try await coordinator.setupFinished(slave: slave, report)
                liveCommands.end(report.commands, build: report.build, slave: slave)
                consoleSignal.send()
                return try request.respond()
            },
            message("command") { request, slave in
                let report = try request.decode(CommandReport.self)
                try report.check()
                let length = try await takeOutput(report, from: slave)
                return try request.respond(with: ConsoleReceipt(length: length))
            },
            message("console") { request, slave in
                let report = try request.decode(ConsoleReport.self)
                let length = try await coordinator.console(slave: slave, report)
                consoleSignal.send()
                return try request.respond(with: ConsoleReceipt(length: length))
            },
            message("results", limit: Self.resultsLimit) { request, slave in
                try await reports.run(weight: request.body.count) { try await takeResults(request, slave) }
            },
            message("teardown") { request, slave in
                let report = try request.decode(TeardownReport.self)
                try report.commands.check()
                try await coordinator.tornDown(slave: slave, report)
                liveCommands.end(report.commands, build: report.build, slave: slave)
                consoleSignal.send()
                return try request.respond()
            },
            message("goodbye") { request, slave in
                try request.expectNoFields()
                try await coordinator.left(slave: slave)
                tokens.forget(slave)
                return try request.respond()
            },
            Route(.put, "slave/{slave_id}/upload/{name}", access: .component, body: .streamed) {
                try await receiveUpload($0)
            },
            component("build/{build_id}/project") { request in
                let project = try await projects.project(of: try request.id("build_id"))
                let pieces = try await project.export(request.body)
                return .stream(pieces, contentType: "application/octet-stream")
            },
        ]
    }

    /// The largest batch of results; it contains small console outputs, and larger ones are uploaded.
    private static let resultsLimit = 64 << 20

    /// The largest upload of artifacts.
    private static let uploadLimit = 64 << 30

    private func welcome(_ registration: SlaveRegistration) async throws -> SlaveWelcome {
        let token = try tokens.token(of: registration.sessionID)
        let welcome = try await coordinator.register(registration, token: token)
        tokens.keep(token, of: welcome.slaveID, session: registration.sessionID)
        return welcome
    }

    /// Returns the slave that sends a message, verified by the token of its registration.
    private func speaker(_ request: RouteRequest) throws -> SlaveID {
        let slave: SlaveID = try request.id("slave_id")
        try tokens.check(request.header(HeaderName.slaveToken), of: slave)
        return slave
    }

    private func takeResults(_ request: RouteRequest, _ slave: SlaveID) async throws -> Response {
        let report = try request.decode(ResultsReport.self)
        if let upload = report.upload { try Self.checkUploadName(upload) }
        for atom in report.reports { try atom.check() }
        let answer = try await coordinator.results(slave: slave, report)
        return try request.respond(with: answer, objection: answer.objection)
    }

    private func takeOutput(_ report: CommandReport, from id: SlaveID) async throws -> Int {
        guard let slave = await coordinator.slave(id), slave.isAlive else { throw ClusterCoordinator.unknownSlave }
        guard slave.build == report.build else {
            throw ClusterRunnerError(.invalidState, "Slave \(id) does not work for build \(report.build).")
        }
        let length = liveCommands.take(report, from: slave, at: timekeeper.now)
        consoleSignal.send()
        return length
    }

    /// Makes a route for a message of a slave, whose token is verified before the message is read.
    private func message(
        _ action: String,
        limit: Int = 8 << 20,
        handler: @escaping @Sendable (RouteRequest, _ slave: SlaveID) async throws -> Response
    ) -> Route {
        component("slave/{slave_id}/\(action)", limit: limit) { try await handler($0, try speaker($0)) }
    }

    private func component(
        _ path: String,
        limit: Int = 8 << 20,
        handler: @escaping @Sendable (RouteRequest) async throws -> Response
    ) -> Route {
        Route(.post, path, access: .component, body: .collected(limit: limit), handler: handler)
    }

    /// Streams instructions: one JSON object a line, an empty line from time to time.
    private func instructions(_ request: RouteRequest) async throws -> Response {
        let slave = try speaker(request)
        guard await coordinator.heard(from: slave) else { throw ClusterCoordinator.unknownSlave }
        let (stream, number) = outlets.open(slave: slave)
        return Response(
            status: .ok,
            headers: [.contentType: "application/x-ndjson"],
            body: ResponseBody { writer in
                do {
                    // The head goes out at once, so that the slave knows that it is connected.
                    try await writer.write(.init(string: "\n"))
                    try await request.onLane {
                        try await coordinator.connected(slave: slave)
                        for await instruction in stream {
                            var line = try JSONCoding.encode(instruction)
                            line.append(UInt8(ascii: "\n"))
                            try await writer.write(.init(bytes: line))
                        }
                    }
                } catch {
                    await endStream(of: slave, number)
                    throw error
                }
                await endStream(of: slave, number)
                try await writer.finish(nil)
            }
        )
    }

    private func endStream(of slave: SlaveID, _ number: Int) async {
        if outlets.close(slave: slave, number: number) { await coordinator.disconnected(slave: slave) }
    }

    private func receiveUpload(_ request: RouteRequest) async throws -> Response {
        let slave = try speaker(request)
        let name = request.text("name")
        try Self.checkUploadName(name)
        guard await coordinator.heard(from: slave) else { throw ClusterCoordinator.unknownSlave }
        let build = await coordinator.build(of: slave)
        let outcome = await result {
            try await admission.upload {
                let archive = results.expectUpload(slave: slave, name: name)
                let bytes = try await request.receive(to: archive, limit: Self.uploadLimit) {
                    try admission.checkRoom(for: $0)
                }
                metrics.received(bytes, of: .results)
                return try await results.unpackUpload(slave: slave, name: name)
            }
        }
        // A slave that was given up meanwhile may have had its files removed; it must register and upload again.
        let refusal = outcome.failure as? Admission.WantOfRoom ?? diskFault(behind: outcome.failure)
        guard await coordinator.uploadEnded(from: slave, refusedBecause: refusal?.reason) else {
            results.discardUploads(of: slave)
            throw ClusterCoordinator.unknownSlave
        }
        // A slave whose build was canceled may be idle or work for another build by now.
        let buildNow = await coordinator.build(of: slave)
        if buildNow == nil { results.discardUploads(of: slave) }
        if buildNow != build { results.discardUpload(of: slave, name: name) }
        if let refusal { throw refusal.answer }
        let notes = try outcome.get().byName
        let texts = notes.map { ($0.key.escaped, $0.value) }
        return try request.respond(with: UploadAnswer(notes: notes.isEmpty ? nil : Dictionary(texts) { $0 + $1 }))
    }

    /// Returns a refusal with the fault of the master's own disk, for an upload that could not be stored; nil without one.
    private func diskFault(behind failure: (any Error)?) -> Admission.WantOfRoom? {
        guard let failure = failure as? ClusterRunnerError, failure.code == .failed,
            let fault = DiskSpace.fault(in: folders.base)
        else { return nil }
        return Admission.WantOfRoom(reason: "the disk of \(folders.base) cannot be written: \(fault)")
    }

    private func result<Value>(_ body: () async throws -> Value) async -> Result<Value, any Error> {
        do {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }

    /// Refuses names that could lead out of the folder of uploads.
    private static func checkUploadName(_ name: String) throws {
        let isPlain = name.utf8.allSatisfy { (48...57).contains($0) || (97...122).contains($0) || $0 == 45 }
        guard isPlain, !name.isEmpty, name.utf8.count <= 64 else {
            throw ClusterRunnerError(.invalidArgument, "\"\(name)\" is not the name of an upload.")
        }
    }
}

extension Result {
    /// The error of a failure.
    fileprivate var failure: Failure? {
        guard case .failure(let error) = self else { return nil }
        return error
    }
}
