import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerPlugin
import ClusterRunnerWire
import Foundation
import Testing

@testable import ClusterRunnerCommands

@Suite struct EmbeddedClusterTests {
    private static let job = "Unit:\n  commands: [\"echo hello\"]\n  atomizers: [{A: \"echo 1\"}]\n"

    @Test func `A build runs from request to artifacts inside this process`() async throws {
        let project = try EmbeddedProject(executors: 3)
        let archive = "\(project.scratch.path)/results.tar.gz"
        let (status, slaves) = try await project.build(Self.job) { client, status in
            try await client.downloadArtifacts(build: status.id, to: archive)
            return (status, try await client.slaves())
        }
        #expect(status.state == .finished)
        #expect(status.result == .noFailures)
        #expect(slaves.count == 1)
        #expect(slaves.first?.executors == 3)
        let results = "\(project.scratch.path)/results"
        try FileManager.default.createDirectory(atPath: results, withIntermediateDirectories: true)
        try await project.cluster.composition.archiver.extract(archive, into: results, limits: ArchiveLimits())
        #expect(project.scratch.read("results/artifact_0_0/clusterrunner_console_output") == "hello\n")
        #expect(project.scratch.read("results/artifact_0_0/clusterrunner_exit_code") == "0\n")
    }

    @Test func `The error of the operation comes out once the cluster has ended`() async throws {
        let project = try EmbeddedProject()
        let error = await #expect(throws: ClusterRunnerError.self) {
            try await project.cluster.run { _ -> Void in
                throw ClusterRunnerError(.failed, "what the operation says")
            }
        }
        #expect(error?.message == "what the operation says")
        // Its slot is free again.
        let status = try await project.build(Self.job) { $1 }
        #expect(status.id == 1)
        #expect(status.result == .noFailures)
        #expect(project.scratch.list("base/embedded") == ["1"])
    }

    @Test func `Two clusters of one base directory do not meet`() async throws {
        let project = try EmbeddedProject()
        try project.scratch.write(Self.job, to: "clusterrunner.yaml")
        let (cluster, request) = (project.cluster, project.request)
        let (outer, inner) = try await cluster.run { first in
            let outer = try await first.createBuild(request)
            let inner = try await cluster.run { second in try await second.createBuild(request) }
            return (outer, inner)
        }
        #expect(outer == 1)
        #expect(inner == 1)
    }

    @Test func `The configuration of master and slave holds for the embedded cluster`() async throws {
        let settings = "[master]\nmin_free_disk_mb = 1000000000\n[slave]\nmax_console_mb = 1\n"
        let project = try EmbeddedProject(settings: settings)
        let error = await #expect(throws: MasterUnreachable.self) { try await project.build(Self.job) { $1 } }
        #expect(error?.stage == .refused)
        #expect(error?.reason.contains("and min_free_disk_mb is 1000000000.") == true)
        #expect(project.cluster.slave.maxConsoleMB == 1)
    }
}
