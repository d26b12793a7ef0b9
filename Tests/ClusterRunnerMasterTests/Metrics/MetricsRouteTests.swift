import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerTesting
import ClusterRunnerWire
import Foundation
import HTTPTypes
import Testing

@testable import ClusterRunnerMaster

@Suite(.timeLimit(.minutes(10))) struct MetricsRouteTests {
    private func withMaster(
        _ change: @escaping (inout MasterSettings) -> Void = { _ in },
        _ body: @escaping @Sendable (LiveMaster) async throws -> Void
    ) async throws {
        try await withScratchDirectory { directory in
            try await LiveMaster.run(in: directory, change) { try await body($0) }
        }
    }

    private func expect(_ lines: [String], in text: String) {
        for line in lines { #expect(text.contains("\n\(line)\n"), "\(line)") }
    }

    @Test func `Metrics follow a build from its request to its end`() async throws {
        try await withMaster { master in
            let build = try await master.client.createBuild(try master.project(LiveMaster.job(atoms: 3)))
            let slave = try await PlayedSlave(master, executors: 2)
            let work = try await slave.join(build: build)
            expect(
                [
                    "clusterrunner_build_info{version=\"1.2.3\"} 1", "clusterrunner_builds_requested_total 1",
                    "clusterrunner_builds_unfinished{state=\"building\"} 1", "clusterrunner_subjobs_open 3",
                    "clusterrunner_slaves{state=\"working\"} 1", "clusterrunner_slaves{state=\"idle\"} 0",
                    "clusterrunner_executors 2", "clusterrunner_executors_in_use 2",
                ],
                in: try await master.web.get("/v1/metrics").text
            )
            try await master.client.cancel(build: build)
            #expect(try await master.client.build(build, wait: .seconds(30)).result == .failure)
            #expect(!work.isEmpty)
            expect(
                [
                    "clusterrunner_builds_unfinished{state=\"building\"} 0", "clusterrunner_subjobs_open 0",
                    "clusterrunner_builds_ended_total{result=\"canceled\"} 1",
                    "clusterrunner_atoms_total{cause=\"none\",result=\"canceled\"} 3",
                ],
                in: try await master.web.get("/metrics").text
            )
        }
    }

    @Test func `The answer is text of version 0 0 4, and figures of the process are in it`() async throws {
        try await withMaster { master in
            let answer = try await master.web.get("/metrics")
            #expect(answer.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
            let figure = { (name: String) in
                answer.text.split(separator: "\n").first { $0.hasPrefix("\(name) ") }
                    .flatMap { Double($0.dropFirst(name.count + 1)) } ?? 0
            }
            let now = Date().timeIntervalSince1970
            #expect((now - 100_000...now + 1).contains(figure("process_start_time_seconds")))
            #expect(figure("process_resident_memory_bytes") > 1_000_000)
            #expect(figure("process_virtual_memory_bytes") >= figure("process_resident_memory_bytes"))
            #expect(figure("process_open_fds") >= 3)
            #expect(figure("process_max_fds") >= figure("process_open_fds"))
            #expect(figure("process_cpu_seconds_total") > 0)
            #expect(figure("clusterrunner_disk_free_bytes") > 0)
            #expect(figure("clusterrunner_disk_free_minimum_bytes") == 536_870_912)
            #expect(figure("clusterrunner_store_commit_duration_seconds_count") >= 1)
            #expect(figure("clusterrunner_store_blocked") == 0)
        }
    }

    @Test func `Whatever paths are asked for, the routes stay those of the program`() async throws {
        try await withMaster { master in
            for number in 1...50 {
                _ = try await master.web.get("/v1/build/\(number)")
                _ = try await master.web.get("/v2/builds/x\(number)/")
                _ = try await master.web.get("/no/such/\(number)%22%7D%0A")
                _ = try await master.web.get("/v1/slave/\(number)/nothing")
            }
            _ = try await master.web.send(.init("PATCH") ?? .get, "/builds/1", "")
            let text = try await master.web.get("/metrics").text
            let name = "clusterrunner_http_requests_total"
            let lines = text.split(separator: "\n").filter { $0.hasPrefix("\(name){") }
            #expect(
                lines.sorted() == [
                    "\(name){method=\"GET\",route=\"/v1/build/{build_id}\",status=\"404\"} 100",
                    "\(name){method=\"GET\",route=\"unmatched\",status=\"404\"} 100",
                    "\(name){method=\"PATCH\",route=\"/v1/build/{build_id}\",status=\"405\"} 1",
                ]
            )
            let durations = "clusterrunner_http_request_duration_seconds_count"
            expect(["\(durations){method=\"GET\",route=\"/v1/build/{build_id}\"} 100"], in: text)
        }
    }

    @Test func `A store that cannot be written is seen`() async throws {
        try await withScratchDirectory { directory in
            try await LiveMaster.run(in: directory, over: { ObstructedStore(store: $0) }) { master in
                let text = try await master.web.get("/metrics").text
                expect(["clusterrunner_store_blocked 1"], in: text)
            }
        }
    }

    @Test func `The reference lists each metric with its type, its labels and its meaning`() async throws {
        try await withMaster { master in
            _ = try await master.web.get("/metrics")
            let text = try await master.web.get("/metrics").text
            let page = URL(filePath: #filePath).appending(path: "../../../../docs/reference/metrics.md").standardized
            let reference = try String(contentsOf: page, encoding: .utf8)
            let rows = reference.split(separator: "\n").filter { $0.hasPrefix("| `") }
            #expect(rows.map(String.init) == Self.rows(of: text))
        }
    }

    /// The rows of the reference's tables for metrics.
    private static func rows(of text: String) -> [String] {
        var rows: [String] = []
        var help = ""
        let lines = text.split(separator: "\n")
        for line in lines {
            if line.hasPrefix("# HELP ") {
                help = String(line.split(separator: " ", maxSplits: 3)[3])
            } else if line.hasPrefix("# TYPE ") {
                let (name, type) = (line.split(separator: " ")[2], line.split(separator: " ")[3])
                let sample = lines.first {
                    $0.hasPrefix(name + (type == "histogram" ? "_count" : "")) && !$0.hasPrefix("#")
                }
                let labels = (sample ?? "").matches(of: /(\w+)="/).map { "`\($0.1)`" }.joined(separator: ", ")
                rows.append("| `\(name)` | \(type) | \(labels.isEmpty ? "" : labels + " ")| \(help) |")
            }
        }
        return rows
    }
}

// MARK: Access

extension MetricsRouteTests {
    private func metrics(of master: LiveMaster, _ authorization: String?) async throws -> WebClient.Answer {
        try await master.web.get("/metrics", authorization: authorization)
    }

    @Test func `Where reads need a login, the token of the metrics reads them and nothing else`() async throws {
        try await withMaster {
            $0.authenticateReads = true
            $0.metricsToken = "0123456789abcdef"
        } _: { master in
            #expect(try await metrics(of: master, "Bearer 0123456789abcdef").status == 200)
            #expect(try await metrics(of: master, "bearer  0123456789abcdef").status == 200)
            for wrong in [
                "Bearer 0123456789abcdeg", "Bearer 0123456789abcde", "Basic 0123456789abcdef", "Bearer", "", "Bearer ",
            ] {
                #expect(try await metrics(of: master, wrong).status == 401, "\(wrong)")
            }
            let without = try await metrics(of: master, nil)
            #expect(without.status == 401)
            #expect(
                without.error
                    == "GET /metrics needs the token of metrics_token_file, as \"Authorization: Bearer TOKEN\", "
                    + "or a login or a signature. The request has none."
            )
            let other = try await master.web.get("/v1/build", authorization: "Bearer 0123456789abcdef")
            #expect(other.status == 401)
            #expect(try await master.web.sign(.get, "/v1/metrics", []).status == 200)
        }
    }

    @Test func `Where reads need a login and there is no token, no token reads the metrics`() async throws {
        try await withMaster {
            $0.authenticateReads = true
        } _: { master in
            for token in ["Bearer ", "Bearer x"] {
                let answer = try await metrics(of: master, token)
                #expect(answer.status == 401, "\(token)")
            }
        }
    }

    @Test func `Where reads are open, the metrics are too, also to a wrong token`() async throws {
        try await withMaster {
            $0.metricsToken = "0123456789abcdef"
        } _: { master in
            for token in [nil, "Bearer wrong"] {
                let answer = try await metrics(of: master, token)
                #expect(answer.status == 200)
            }
        }
    }
}
