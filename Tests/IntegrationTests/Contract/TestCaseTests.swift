import ClusterRunnerDomain
import ClusterRunnerPlugin
import Foundation
import Testing

/// Test cases from the reports of atoms to the API, the results, the pages and the command line of a real cluster.
@Suite(.timeLimit(.minutes(20)))
struct TestCaseTests {
    /// A job whose atoms report their cases: `a` fails, `b` fails once and passes then, `c` leaves no report.
    private func job(_ scratch: String) -> JSONValue {
        let report = """
            case $T in
            a) outcome='<failure type="E" message="1 is not 2">at line 3</failure>'; code=1;;
            b) if [ -e '\(scratch)/ran' ]; then outcome=; code=0; else
                : > '\(scratch)/ran'; outcome='<error message="gone"/>'; code=1; fi;;
            c) exit 0;;
            esac
            mkdir "$ARTIFACT_DIR/r"
            printf '<testsuite><testcase classname="Sums" name="adds %s" file="sums.x" time="0.5">%s</testcase>%s' \
                $T "$outcome" '<testcase name="plain"/></testsuite>' > "$ARTIFACT_DIR/r/$T.xml"
            exit $code
            """
        return [
            "commands": [.string(report)], "atomizers": [["T": "printf '%s\\n' a b c"]], "junit": "r/*.xml",
            "retries": 1,
        ]
    }

    @Test func `Cases of a cluster reach the API, the results, the pages and the command line`() async throws {
        try await RunningCluster.with(slaves: 2) { cluster in
            let build = try await cluster.run(try cluster.inline(job(cluster.scratch)))
            #expect(build["status"] == "FAILURE")
            for (key, number) in [("num_cases", 4), ("failed_cases", 1), ("flaky_cases", 1), ("skipped_cases", 0)] {
                #expect(build[key] == .integer(number), "\(key)")
            }
            try await checkAPI(cluster)
            let logs = try await cluster.run([
                "logs", "1", "--case", "adds a", "--master-url", "127.0.0.1:\(cluster.port)", "--config-file",
                "\(cluster.scratch)/master.conf",
            ])
            #expect(logs.code == 0)
            #expect(logs.output.hasPrefix("FAILED Sums adds a: 1 is not 2\n    at line 3\n"), "\(logs.output)")
            for path in ["/dashboard/builds/1", "/dashboard/builds/1/tests", "/dashboard/cases/1"] {
                let page = try await cluster.http.send("GET", path)
                #expect(page.status == 200)
                #expect(String(decoding: page.body, as: UTF8.self).contains("adds "), "\(path)")
            }
        }
    }

    private func checkAPI(_ cluster: RunningCluster) async throws {
        let all = try await cluster.http.get("/v1/build/1/case?order=outcome")
        #expect(all["total_num_cases"] == 4)
        let cases = all["cases"].array ?? []
        #expect(cases.prefix(2).map { $0["name"] } == ["adds a", "adds b"])
        #expect(cases.prefix(2).map { $0["outcome"] } == ["failed", "flaky"])
        // Each case that failed in a run that does not count tells of it.
        #expect(cases.prefix(2).map { $0["other_failures"].array?.count } == [1, 1])
        #expect(cases[1]["other_failures"].array?.first?["message"] == "gone")
        let failed = try await cluster.http.get("/v2/builds/1/cases?outcome=failed,error&text=SUMS&limit=1")
        #expect(failed["cases"].array?.map { $0["text"] } == ["at line 3"])
        let id = try #require(cases[0]["id"].integer)
        let history = try await cluster.http.get("/v1/history/case/\(id)")["case"]
        #expect(history["runs"].array?.map { $0["build_id"] } == [1])
        let slave = history["runs"].array?.first?["slave_id"].integer ?? 0
        #expect((1...2).contains(slave))
        #expect(try await cluster.http.send("GET", "/v1/build/1/case?outcome=red").status == 400)
        #expect(try await cluster.http.send("GET", "/v1/history/case/99").status == 404)
        let notes = try await cluster.http.get("/v1/build/1/subjob/2/atom/0")["atom"]["notes"]
        #expect(notes == ["junit: no file in $ARTIFACT_DIR matches \"r/*.xml\"."])
    }

    @Test func `The embedded cluster shows failed tests in place of the output`() async throws {
        try await RunningCluster.withNothing { cluster in
            let configuration = try cluster.embeddedConfiguration()
            let project = "\(cluster.scratch)/project"
            try FileManager.default.createDirectory(atPath: project, withIntermediateDirectories: true)
            // JSON is YAML.
            var file = JSONWriter()
            try file.write(["Tests": job(cluster.scratch)] as [String: JSONValue])
            try Data(file.bytes).write(to: URL(filePath: "\(project)/clusterrunner.yaml"))
            let build = try await cluster.run(["build", "--local", "--config-file", configuration], in: project)
            #expect(build.code == 1)
            #expect(build.output.contains("    FAILED Sums adds a: 1 is not 2\n        at line 3\n"), "\(build.output)")
            let summary = " failed, 1 of 3 atoms, 1 flaky; 1 of 4 tests failed, 1 flaky. Results: "
            #expect(build.output.contains(summary), "\(build.output)")
            let junit = try String(contentsOfFile: "\(project)/build_results/junit.xml", encoding: .utf8)
            #expect(junit.contains("<testcase classname=\"Sums\" name=\"adds b\" time=\"0.500\">"), "\(junit)")
            #expect(junit.contains("<flakyFailure message=\"gone\""))
            #expect(junit.ranges(of: "<testcase ").count == 5)
        }
    }
}
