import ClusterRunnerArchive
import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerStore
import ClusterRunnerTesting
import ClusterRunnerWire
import Foundation
import HTTPTypes
import Testing

@testable import ClusterRunnerMaster

@Suite(.timeLimit(.minutes(10))) struct SlaveProtocolTests {
    private func withMaster(_ body: @escaping @Sendable (LiveMaster) async throws -> Void) async throws {
        try await withScratchDirectory { directory in try await LiveMaster.run(in: directory) { try await body($0) } }
    }

    @Test func `A slave is led through a build and sent home`() async throws {
        try await withMaster { master in
            let build = try await master.client.createBuild(try master.project(LiveMaster.job(atoms: 2)))
            let slave = try await PlayedSlave(master)
            let work = try await slave.join(build: build)
            // One runs, one is kept ready.
            #expect(work.map(\.subjob) == [0, 1])
            #expect(work.map(\.atoms.first?.atom.value) == ["1", "2"])
            for grant in work {
                let answer = try await slave.report(grant)
                #expect(answer.grants.isEmpty)
                #expect(answer.refused.isEmpty)
            }
            #expect(try await slave.next() == .tearDown(build: build))
            #expect(try await master.client.build(build).result == .noFailures)
            try await master.slaves.report(TeardownReport(build: build), slave: slave.id)
            let listed = try #require(try await master.client.slaves().first)
            #expect(listed.build == nil)
            #expect(listed.executorsInUse == 0)
        }
    }

    @Test func `A doubled result is refused with a sentence and changes nothing`() async throws {
        try await withMaster { master in
            let build = try await master.client.createBuild(try master.project(LiveMaster.job(atoms: 2)))
            let slave = try await PlayedSlave(master)
            let both = try await slave.join(build: build)
            let (work, second) = (try #require(both.first), try #require(both.last))
            #expect(try await slave.report(work).refused.isEmpty)
            let doubled = try await slave.report(work, AtomResult(exitCode: 9, seconds: 1))
            #expect(
                doubled.refused.map(\.reason) == ["Subjob 0 of build 1 is no longer held under lease \(work.lease)."]
            )
            let next = LeaseID(second.lease.rawValue + 1)
            let invented = LeaseGrant(lease: next, build: build, subjob: 1, atoms: second.atoms)
            #expect(
                try await slave.report(invented, AtomResult(exitCode: 9, seconds: 1)).refused.map(\.reason)
                    == ["Subjob 1 of build 1 is no longer held under lease \(next)."]
            )
            _ = try await slave.report(second)
            let status = try await master.client.build(build, wait: .seconds(30))
            #expect(status.result == .noFailures)
            #expect(try await slave.report(second).refused.map(\.reason) == ["Build 1 is not running."])
            #expect(try await master.store.atoms(AtomQuery(build: build)).map(\.attempts) == [1, 1])
        }
    }

    @Test func `A slave that comes back is told again what it holds`() async throws {
        try await withMaster { master in
            let build = try await master.client.createBuild(try master.project(LiveMaster.job(atoms: 3)))
            let slave = try await PlayedSlave(master)
            let work = try await slave.join(build: build)
            let again = try await PlayedSlave(master)
            #expect(again.id == slave.id)
            // The old stream ends; its last instructions may be lost.
            #expect(try await slave.next() == nil)
            #expect(try await again.join(build: build) == work)
        }
    }

    @Test func `A new session under the old address takes the place of the lost one`() async throws {
        try await withMaster { master in
            let build = try await master.client.createBuild(try master.project(LiveMaster.job(atoms: 1)))
            let slave = try await PlayedSlave(master)
            let work = try #require(try await slave.join(build: build).first)
            let next = try await PlayedSlave(master, session: "s2")
            #expect(next.id.rawValue == slave.id.rawValue + 1)
            let handedOver = try #require(try await next.join(build: build).first)
            #expect(handedOver.lease > work.lease)
            let late = await #expect(throws: ClusterRunnerError.self) { _ = try await slave.report(work) }
            #expect(late?.code == .sessionExpired)
            #expect(try await next.report(work).refused.count == 1)
            #expect(try await next.report(handedOver).refused.isEmpty)
            #expect(try await master.client.build(build, wait: .seconds(30)).result == .noFailures)
        }
    }

    @Test func `Results and leases that do not count are answered with 409 and the reason`() async throws {
        try await withMaster { master in
            let build = try await master.client.createBuild(try master.project(LiveMaster.job(atoms: 2)))
            let slave = try await PlayedSlave(master)
            let work = try #require(try await slave.join(build: build).first)
            _ = try await slave.report(work)
            let result = AtomReport(
                lease: work.lease,
                subjob: 0,
                atom: 0,
                executor: 0,
                result: .init(exitCode: 0, seconds: 1)
            )
            let report = ResultsReport(build: build, upload: nil, reports: [result])
            let results = try await master.web.sign("/v1/slave/\(slave.id)/results", report, token: slave.token)
            #expect(results.status == 409)
            #expect(results.error == "Subjob 0 of build 1 is no longer held under lease \(work.lease).")
            #expect(results.json["lost_leases"] == [.integer(work.lease)])
            let heartbeat = SlaveHeartbeat(build: build, leases: [work.lease])
            let lost = try await master.web.sign("/v1/slave/\(slave.id)/heartbeat", heartbeat, token: slave.token)
            #expect(lost.status == 409)
            #expect(lost.error == "The slave no longer holds anything under lease \(work.lease).")
            #expect(try await master.slaves.heartbeat(heartbeat, slave: slave.id) == [work.lease])
            let path = "/v1/slave/\(slave.id)/heartbeat"
            let idle = try await master.web.sign(path, SlaveHeartbeat(), token: slave.token)
            #expect(idle.status == 200)
            #expect(idle.json == ["STATUS": "SUCCESS", "lost_leases": []])
        }
    }

    @Test func `A slave that the master does not know must register again`() async throws {
        try await withMaster { master in
            let heartbeat = await #expect(throws: ClusterRunnerError.self) {
                _ = try await master.slaves.heartbeat(SlaveHeartbeat(), slave: 7)
            }
            #expect(heartbeat?.code == .sessionExpired)
            #expect(
                heartbeat?.message == "The slave is not registered with this master; it must register again."
            )
            let stream = await #expect(throws: ClusterRunnerError.self) {
                _ = try await master.slaves.instructions(slave: 7)
            }
            #expect(stream?.code == .sessionExpired)
        }
    }

    @Test func `A slave without executors is refused`() async throws {
        try await withMaster { master in
            let error = await #expect(throws: ClusterRunnerError.self) {
                _ = try await PlayedSlave(master, executors: 0)
            }
            #expect(error?.message == "A slave needs at least one executor.")
        }
    }

    @Test func `What only slaves may say must be signed`() async throws {
        try await withMaster { master in
            for path in ["/v1/slave", "/v1/slave/1/heartbeat", "/v1/slave/1/results", "/v1/build/1/project"] {
                let answer = try await master.web.send(.post, path, "{}")
                #expect(answer.status == 401)
                #expect(answer.error == "POST \(path) must be signed: ClusterRunner-Signature is missing or wrong.")
            }
        }
    }

    @Test func `Artifacts arrive with the result that they belong to`() async throws {
        try await withMaster { master in
            let build = try await master.client.createBuild(try master.project(LiveMaster.job(atoms: 1)))
            let slave = try await PlayedSlave(master)
            let work = try #require(try await slave.join(build: build).first)
            let archive = "\(master.directory)/up.tar"
            let entry = ArchiveEntry(path: "artifact_0_0/log.txt", content: .bytes(Array("log".utf8)))
            try await LibArchiver().write([entry], as: .tar, to: archive)
            try await master.slaves.upload(archive, name: "u1", slave: slave.id)
            _ = try await slave.report(work, AtomResult(exitCode: 0, seconds: 1, hasArtifacts: true), upload: "u1")
            let results = "\(master.directory)/master/results/\(build)/artifact_0_0/log.txt"
            #expect(try String(contentsOfFile: results, encoding: .utf8) == "log")
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(master.directory)/master/uploads") == [])
        }
    }

    @Test func `Nothing is kept of uploads that nobody reports any more`() async throws {
        try await withMaster { master in
            let build = try await master.client.createBuild(try master.project(LiveMaster.job(atoms: 1)))
            let (slave, archive) = (try await PlayedSlave(master), try await upload(in: master))
            let other = try await PlayedSlave(master, session: "s2", url: "played:2")
            let uploads = { try FileManager.default.contentsOfDirectory(atPath: "\(master.directory)/master/uploads") }
            _ = try await slave.join(build: build)
            try await master.slaves.upload(archive, name: "u1", slave: slave.id)
            #expect(try uploads() == ["\(slave.id)-u1"])
            try await master.slaves.sayGoodbye(slave: slave.id)
            // The uploads of a slave that leaves are removed before another slave is told to take its place.
            _ = try await other.join(build: build)
            #expect(try uploads() == [])
            let error = await #expect(throws: ClusterRunnerError.self) {
                try await master.slaves.upload(archive, name: "u2", slave: slave.id)
            }
            #expect(error?.code == .sessionExpired)
            try await master.slaves.upload(archive, name: "u3", slave: other.id)
            try await master.slaves.report(TeardownReport(build: build), slave: other.id)
            #expect(try uploads() == [])
        }
    }

    private func upload(in master: LiveMaster) async throws -> String {
        let archive = "\(master.directory)/up.tar"
        let entry = ArchiveEntry(path: "artifact_0_0/log.txt", content: .bytes(Array("log".utf8)))
        try await LibArchiver().write([entry], as: .tar, to: archive)
        return archive
    }

    @Test func `A hostile upload is refused, and its build goes on to an end`() async throws {
        try await withMaster { master in
            let build = try await master.client.createBuild(try master.project(LiveMaster.job(atoms: 1)))
            let slave = try await PlayedSlave(master)
            let work = try #require(try await slave.join(build: build).first)
            let archive = try HostileTar.make(in: master.directory)
            let refusal = await #expect(throws: ClusterRunnerError.self) {
                try await master.slaves.upload(archive, name: "u1", slave: slave.id)
            }
            #expect(refusal?.message.contains("../../evil") == true)
            #expect(!FileManager.default.fileExists(atPath: "\(master.directory)/master/evil"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(master.directory)/master/uploads") == [])
            let passed = AtomResult(exitCode: 0, seconds: 1, hasArtifacts: true)
            let report = await #expect(throws: ClusterRunnerError.self) {
                _ = try await slave.report(work, passed, upload: "u1")
            }
            #expect(report?.code == .invalidState)
            #expect(report?.message == "The upload u1 is not here; send it again.")
            // As a slave does: the atom has failed, with a cause.
            _ = try await slave.report(work, AtomResult(exitCode: 0, seconds: 1, cause: "hostile"))
            let status = try await master.client.build(build, wait: .seconds(30))
            #expect(status.result == .failure)
            #expect(status.failedAtoms.first?.cause == "hostile")
        }
    }

    @Test func `An upload's name cannot lead anywhere`() async throws {
        try await withMaster { master in
            let slave = try await PlayedSlave(master)
            let work = LeaseGrant(lease: 1, build: 1, subjob: 0, atoms: [])
            for name in ["../x", "a/b", "", "A", String(repeating: "a", count: 65)] {
                let error = await #expect(throws: ClusterRunnerError.self) {
                    _ = try await slave.report(work, upload: name)
                }
                #expect(error?.message == "\"\(name)\" is not the name of an upload.")
            }
        }
    }

    @Test func `A set-up that fails everywhere ends the build with all outputs`() async throws {
        try await withMaster { master in
            let build = try await master.client.createBuild(try master.project(LiveMaster.job(atoms: 1)))
            let slave = try await PlayedSlave(master)
            for attempt in 1...5 {
                guard case .setUp = try await slave.next() else { return #expect(Bool(false), "no set-up") }
                try await master.slaves.report(
                    SetupReport(build: build, failure: "reason \(attempt)"),
                    slave: slave.id
                )
                guard case .tearDown = try await slave.next() else { return #expect(Bool(false), "no teardown") }
                if attempt < 5 { try await master.slaves.report(TeardownReport(build: build), slave: slave.id) }
            }
            let status = try await master.client.build(build, wait: .seconds(30))
            #expect(status.state == .error)
            let lines = (1...5).map { "On played:1: reason \($0)" }.joined(separator: "\n")
            #expect(status.errorMessage == "The set-up failed 5 times.\n\(lines)")
        }
    }
}
