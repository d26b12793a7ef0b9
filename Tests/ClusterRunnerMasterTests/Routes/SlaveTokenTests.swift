import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerHTTP
import ClusterRunnerPlugin
import ClusterRunnerTesting
import ClusterRunnerWire
import Foundation
import Testing

@testable import ClusterRunnerMaster

/// Slaves that know the secret, as all do, and send messages in the name of another.
@Suite(.timeLimit(.minutes(10))) struct SlaveTokenTests {
    private func withSlaves(
        _ body: @escaping @Sendable (LiveMaster, _ honest: PlayedSlave, _ forger: PlayedSlave) async throws -> Void
    ) async throws {
        try await withScratchDirectory { directory in
            try await LiveMaster.run(in: directory) { master in
                let honest = try await PlayedSlave(master)
                try await body(master, honest, try await PlayedSlave(master, session: "s2", url: "played:2"))
            }
        }
    }

    @Test(arguments: ["heartbeat", "setup", "results", "teardown", "console", "goodbye"])
    func `No slave can say anything for another`(action: String) async throws {
        try await withSlaves { master, honest, forger in
            for token in [forger.token, "", nil] {
                let path = "/v1/slave/\(honest.id)/\(action)"
                let answer = try await master.web.sign(path, JSONValue.object([:]), token: token)
                #expect(answer.status == 401)
                #expect(
                    answer.error == "This message has another token than the registration of slave \(honest.id)."
                )
            }
            #expect(try await master.client.slaves().count == 2)
        }
    }

    @Test func `No slave can take over the registration of another, whose session everybody may read`() async throws {
        try await withSlaves { master, honest, forger in
            for token in [forger.token, nil] {
                let registration = SlaveRegistration(slave: "evil:1", numExecutors: 1, sessionID: "s1", token: token)
                let answer = try await master.web.sign("/v1/slave", registration)
                #expect(answer.status == 401)
                #expect(answer.error == "Session s1 is registered, and this registration does not have its token.")
            }
            _ = try await master.slaves.heartbeat(SlaveHeartbeat(), slave: honest.id)
        }
    }

    @Test func `After a restart nobody takes up the work of a slave without its token`() async throws {
        try await withScratchDirectory { directory in
            let work = try await LiveMaster.run(in: directory) { master in
                let build = try await master.client.createBuild(try master.project(LiveMaster.job(atoms: 1)))
                return try #require(try await PlayedSlave(master).join(build: build).first)
            }
            try await LiveMaster.run(in: directory) { master in
                let hold = HeldBuild(build: 1, isSetUp: true, executors: 1, firstExecutorIndex: 0, leases: [work.lease])
                let forged = SlaveRegistration(slave: "evil:1", numExecutors: 1, sessionID: "s3", hold: hold)
                #expect(try await master.slaves.register(forged).lostLeases == [work.lease])
                let token = try LiveMaster.token(of: "s1", in: directory)
                let honest = try await PlayedSlave(master, hold: hold, token: token)
                #expect(try await honest.report(work).refused.isEmpty)
            }
        }
    }

    @Test func `The key of registrations is made once, and for its owner only`() async throws {
        try await withScratchDirectory { directory in
            let key = try RegistrationKey.load(in: directory)
            #expect(key.count == 32)
            #expect(try RegistrationKey.load(in: directory) == key)
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(directory)/registration.key")
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            try Data([1, 2]).write(to: URL(fileURLWithPath: "\(directory)/registration.key"))
            let renewed = try RegistrationKey.load(in: directory)
            #expect(renewed.count == 32 && renewed != key)
        }
    }

    @Test(arguments: [
        ("0.0.0.0", false, true), ("10.0.0.1", false, true), ("127.0.0.1", false, false), ("localhost", false, false),
        ("0.0.0.0", true, false),
    ])
    func `A master that a network reaches without TLS says so`(host: String, requireSignature: Bool, isExposed: Bool) {
        var settings = MasterSettings(
            endpoint: .init(host: host, port: 1),
            hostname: "h",
            baseDirectory: "/nowhere",
            version: "1",
            requireSignature: requireSignature,
            inheritedEnvironment: [:]
        )
        #expect((settings.exposure != nil) == isExposed)
        settings.endpoint.tls = .init(certificate: "c", key: "k")
        #expect(settings.exposure == nil)
    }
}
