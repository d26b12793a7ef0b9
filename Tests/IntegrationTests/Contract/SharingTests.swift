import ClusterRunnerDomain
import ClusterRunnerPlugin
import Foundation
import Testing

@Suite(.timeLimit(.minutes(20)))
struct SharingTests {
    /// Makes a request for a job whose commands find the file `again` from the second build on.
    private func request(_ script: String, atoms: Int, speculate: Bool, _ cluster: RunningCluster) throws
        -> [String: JSONValue]
    {
        try cluster.inline([
            "commands": [.string(script)], "atomizers": [["N": .string("seq 1 \(atoms)")]], "timeout": 60,
            "speculate": .bool(speculate),
        ])
    }

    private func makeFile(_ name: String, _ cluster: RunningCluster) throws {
        try Data().write(to: URL(filePath: "\(cluster.scratch)/empty project/\(name)"))
    }

    /// Returns the slaves with leases of a subjob.
    private func slaves(of subjob: SubjobID, build: BuildID, _ cluster: RunningCluster) async throws -> [JSONValue] {
        let events = try await cluster.http.get("/v1/eventlog")["events"].array ?? []
        return events.filter {
            $0["__tag__"] == "MASTER_TRIGGERED_SUBJOB" && $0["build_id"] == .integer(build)
                && $0["subjob_id"] == .integer(subjob)
        }.map { $0["slave_id"] }
    }

    /// In the second build the atom that begins first ends only after all others, so the atoms leased with it must go
    /// to the other slave.
    @Test func `An idle slave gets the atoms that another has not begun`() async throws {
        try await RunningCluster.with(slaves: 2, executors: 1) { cluster in
            let script = """
                if [ -e again ] && mkdir blocked 2>/dev/null; then echo $CLUSTERRUNNER_SUBJOB_ID > subjob; \
                until [ $(ls | grep -c done-) -eq 31 ]; do sleep 0.02; done; else sleep 0.2; fi; \
                if [ -e again ]; then touch done-$N; fi
                """
            let fields = try request(script, atoms: 32, speculate: false, cluster)
            #expect(try await cluster.run(fields)["status"] == "SUCCESS")
            try makeFile("again", cluster)
            let id = try await cluster.request(fields)
            #expect(try await cluster.ended(id)["status"] == "SUCCESS")
            let file = try String(contentsOfFile: "\(cluster.scratch)/empty project/subjob", encoding: .utf8)
            let subjob = try #require(SubjobID(file.trimmingCharacters(in: .whitespacesAndNewlines)))
            let slaves = try await slaves(of: subjob, build: id, cluster)
            #expect(Set(slaves.map { "\($0)" }).count == 2, "\(slaves)")
            let atoms = try await cluster.http.get("/v1/build/\(id)/subjob/\(subjob)/atom")["atoms"].array ?? []
            #expect(atoms.count > 1 && atoms.allSatisfy { $0["exit_code"] == 0 && $0["attempts"] == 1 })
        }
    }

    /// In the second build the first run of the first atom never ends.
    @Test func `With speculate a straggler is run a second time, and the first run is stopped`() async throws {
        try await RunningCluster.with(slaves: 2, executors: 1) { cluster in
            let script = "if [ $N = 1 ] && [ -e again ] && mkdir begun; then sleep 1000; fi"
            let fields = try request(script, atoms: 2, speculate: true, cluster)
            #expect(try await cluster.run(fields)["status"] == "SUCCESS")
            try makeFile("again", cluster)
            let id = try await cluster.request(fields)
            let build = try await cluster.ended(id)
            #expect(build["status"] == "SUCCESS")
            try await cluster.idle()
            let events = try await cluster.http.get("/v1/eventlog")["events"].array ?? []
            #expect(events.count { $0["is_second_run"] == true } == 1)
            let results = events.filter { $0["__tag__"] == "ATOM_FINISH" && $0["build_id"] == .integer(id) }
            #expect(results.count == 2)
        }
    }
}
