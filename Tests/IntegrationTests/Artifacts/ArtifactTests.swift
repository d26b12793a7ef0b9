import ClusterRunnerPlugin
import Foundation
import Testing

@Suite(.cluster(slaves: 2), .timeLimit(.minutes(20)))
struct ArtifactTests {
    @Test(arguments: ArtifactCase.plain + ArtifactCase.special)
    func `A build leaves the tree of artifacts that its job file promises`(_ wanted: ArtifactCase) async throws {
        let cluster = try RunningCluster.current()
        let fields = try await wanted.request(in: cluster)
        let id = try await cluster.request(fields)
        let build = try await cluster.ended(id)
        try #require(build["status"] == wanted.status, "\(build)\n\(cluster.logs)")
        #expect(build["error_message"] == .null)
        #expect(build["failed_atoms"].array?.map { $0["command_string"] } == wanted.failedAtoms)
        #expect(build["artifacts"] == .string("/v1/build/\(id)/artifacts.tar.gz"))
        for format in ["tar.gz", "zip"] {
            let tree = try await ArtifactTree(of: id, format, from: cluster)
            let differences = try ArtifactTree.differences(tree.files, from: wanted.expected)
            #expect(differences == [], "\(format)")
        }
    }

    @Test func `What an atom left running in the background is gone when the build has ended`() async throws {
        let cluster = try RunningCluster.current()
        let project = Project(
            jobFile: """
                Tests:
                  commands: ["sleep 1000 & echo $! > $ARTIFACT_DIR/process"]
                  atomizers: [{NAME: echo one}]
                """
        )
        let id = try await cluster.request(try await cluster.git(project))
        #expect(try await cluster.ended(id)["status"] == "SUCCESS")
        let files = try await ArtifactTree(of: id, "tar.gz", from: cluster).files
        let text = String(decoding: try #require(files["artifact_0_0/process"]), as: UTF8.self)
        let process = try #require(pid_t(text.trimmingCharacters(in: .newlines)))
        #expect(!Processes.isRunning(process))
    }

    @Test func `A hundred atoms keep both slaves busy and are all in the results`() async throws {
        let cluster = try RunningCluster.current()
        let meeting = "\(cluster.scratch)/meeting"
        try FileManager.default.createDirectory(atPath: meeting, withIntermediateDirectories: true)
        // A slave's first atom waits for one on the other slave, so that both get work, however quick one of them is.
        let wait = "until [ $(ls '\(meeting)' | wc -l) -ge 2 ]; do sleep 0.02; done"
        let job = """
            Tests:
              commands: ['touch "\(meeting)/${PROJECT_DIR//[!a-z0-9]/-}"', "\(wait)", 'echo "atom $N"']
              atomizers: [{N: seq 100}]
              timeout: 60
            """
        let id = try await cluster.request(try await cluster.git(Project(jobFile: job)))
        #expect(try await cluster.ended(id)["num_atoms"] == 100)
        let subjobs = try await cluster.http.get("/v1/build/\(id)/subjob")["subjobs"].array ?? []
        #expect(Set(subjobs.map { $0["slave_id"] }).count == 2)
        let files = try await ArtifactTree(of: id, "tar.gz", from: cluster).files
        let outputs = files.filter { $0.key.hasSuffix("/clusterrunner_console_output") }.values
        let expected = Set((1...100).map { Data("atom \($0)\n".utf8) })
        #expect(outputs.count == 100)
        #expect(Set(outputs) == expected)
    }

    @Test func `The teardown runs once on each slave that worked, after the last atom`() async throws {
        let cluster = try RunningCluster.current()
        let told = try NamedPipe("\(cluster.scratch)/torn-down")
        let project = Project(
            jobFile: """
                Tests:
                  setup_build: [echo set up > state]
                  commands: [cat state]
                  atomizers: [{NAME: echo one}]
                  teardown_build: ['echo "torn down after $(cat state)" > "\(told.path)"']
                """
        )
        async let teardown = told.read()
        let id = try await cluster.request(try await cluster.git(project))
        #expect(try await cluster.ended(id)["status"] == "SUCCESS")
        #expect(try await teardown == "torn down after set up")
    }
}
