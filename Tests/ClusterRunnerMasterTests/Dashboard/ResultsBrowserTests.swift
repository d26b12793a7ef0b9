import ClusterRunnerClient
import ClusterRunnerDashboard
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerTesting
import Foundation
import HTTPTypes
import Testing

@testable import ClusterRunnerMaster

@Suite(.timeLimit(.minutes(10)))
struct ResultsBrowserTests {
    /// Makes results with a file, a folder, links that lead inside and outside, a pipe, and a secret file beside them.
    private func withResults(_ body: (String, ResultsBrowser) throws -> Void) async throws {
        try await withScratchDirectory { directory in
            try makeResults(at: "\(directory)/results")
            try "secret".write(toFile: "\(directory)/secret.txt", atomically: true, encoding: .utf8)
            try body(directory, ResultsBrowser(root: "\(directory)/results"))
        }
    }

    private func makeResults(at root: String) throws {
        let files = FileManager.default
        try files.createDirectory(atPath: "\(root)/artifact_0_1/deep", withIntermediateDirectories: true)
        try "hello".write(toFile: "\(root)/artifact_0_1/a.txt", atomically: true, encoding: .utf8)
        try files.createSymbolicLink(atPath: "\(root)/artifact_0_1/up", withDestinationPath: "..")
        try files.createSymbolicLink(atPath: "\(root)/artifact_0_1/out.txt", withDestinationPath: "../../secret.txt")
        try files.createSymbolicLink(atPath: "\(root)/artifact_0_1/in.txt", withDestinationPath: "a.txt")
        #expect(mkfifo("\(root)/artifact_0_1/pipe", 0o600) == 0)
    }

    @Test func `A folder lists what is in it, and follows no link`() async throws {
        try await withResults { _, browser in
            let (entries, total) = try browser.entries(of: ["artifact_0_1"], page: .all)
            #expect(entries.map(\.name) == ["a.txt", "deep", "in.txt", "out.txt", "pipe", "up"])
            #expect(entries.map(\.kind) == [.file(5), .folder, .other, .other, .other, .other])
            #expect(total == 6)
            let page = try browser.entries(of: ["artifact_0_1"], page: StorePage(offset: 1, limit: 1))
            #expect(page.entries.map(\.name) == ["deep"] && page.total == 6)
        }
    }

    @Test func `Runs that do not count are shown in the folder of their atom`() async throws {
        try await withResults { directory, browser in
            let files = FileManager.default
            let earlier = "\(directory)/results/.attempts"
            for (folder, text) in [("artifact_0_1/attempt_1", "one"), ("artifact_0_2/attempt_1", "other")] {
                try files.createDirectory(atPath: "\(earlier)/\(folder)", withIntermediateDirectories: true)
                try text.write(toFile: "\(earlier)/\(folder)/b.txt", atomically: true, encoding: .utf8)
            }
            #expect(try names(browser, []) == ["artifact_0_1", "artifact_0_2"])
            #expect(try names(browser, ["artifact_0_2"]) == ["attempt_1"])
            #expect(try names(browser, ["artifact_0_1", "attempt_1"]) == ["b.txt"])
            #expect(try browser.file(["artifact_0_2", "attempt_1", "b.txt"]).size == 5)

            // The atom's own files include that name.
            let own = "\(directory)/results/artifact_0_1/attempt_1"
            try files.createDirectory(atPath: own, withIntermediateDirectories: true)
            try "mine".write(toFile: "\(own)/c.txt", atomically: true, encoding: .utf8)
            let shown = try names(browser, ["artifact_0_1"])
            #expect(shown.contains("attempt_1") && shown.contains("clusterrunner_attempt_1"), "\(shown)")
            #expect(try names(browser, ["artifact_0_1", "attempt_1"]) == ["c.txt"])
            #expect(try browser.file(["artifact_0_1", "clusterrunner_attempt_1", "b.txt"]).size == 3)
        }
    }

    private func names(_ browser: ResultsBrowser, _ folder: [ByteString]) throws -> [ByteString] {
        try browser.entries(of: folder, page: .all).entries.map(\.name)
    }

    @Test(arguments: [
        ["artifact_0_1", "out.txt"], ["artifact_0_1", "in.txt"], ["artifact_0_1", "up", "artifact_0_1", "a.txt"],
        ["..", "secret.txt"], ["artifact_0_1", "..", "..", "secret.txt"], ["artifact_0_1", "pipe"], ["artifact_0_1"],
        ["none"], [], ["artifact_0_1", "a.txt", "x"], ["artifact_0_1", ByteString(String(repeating: "x", count: 300))],
    ])
    func `Only files below the results are opened`(path: [ByteString]) async throws {
        try await withResults { _, browser in
            // Names such as `..` never come this far; a folder that is opened by such a name is not a file either way.
            let names = try? ResultsBrowser.names(in: ByteString(names: path))
            guard let names else { return }
            #expect(throws: ClusterRunnerError.self) { try browser.file(names) }
        }
    }

    @Test(arguments: [
        "../secret.txt", "a/../../secret.txt", "./a", "a\u{0}b", "a/..", String(repeating: "a/", count: 301),
    ])
    func `A path that could lead out is no path`(path: String) {
        #expect(throws: ClusterRunnerError.self) { try ResultsBrowser.names(in: ByteString(path)) }
    }

    @Test func `Nothing left is an empty folder, and a folder that is not there is not found`() async throws {
        let browser = ResultsBrowser(root: "/nonexistent/results")
        #expect(try browser.entries(of: [], page: .all).total == 0)
        #expect(throws: ClusterRunnerError.self) { try browser.entries(of: ["x"], page: .all) }
    }

    @Test func `A part of a file is served, of the version that the client has`() async throws {
        try await withScratchDirectory { directory in
            try await LiveMaster.run(in: directory) { master in
                let build = try await master.client.createBuild(["type": "directory", "project_directory": "/no/where"])
                let results = MasterFolders(base: "\(directory)/master").results(of: build) + "/artifact_0_0"
                try FileManager.default.createDirectory(atPath: results, withIntermediateDirectories: true)
                try "0123456789".write(toFile: "\(results)/a.txt", atomically: true, encoding: .utf8)
                let file = "/dashboard/builds/\(build)/artifacts/file?path=artifact_0_0/a.txt"
                let whole = try await master.web.get(file)
                let tag = try #require(whole.headers[.eTag])
                #expect(whole.status == 200 && whole.headers[.acceptRanges] == "bytes")
                let part = try await master.web.get(file, range: "bytes=2-4", ifRange: tag)
                #expect(part.status == 206 && part.text == "234")
                #expect(part.headers[.contentRange] == "bytes 2-4/10" && part.headers[.contentLength] == "3")
                #expect(try await master.web.get(file, range: "bytes=-3").text == "789")
                let beyond = try await master.web.get(file, range: "bytes=10-")
                #expect(beyond.status == 416 && beyond.headers[.contentRange] == "bytes */10" && beyond.body.isEmpty)
                let other = try await master.web.get(file, range: "bytes=2-4", ifRange: "\"other\"")
                #expect(other.status == 200 && other.text == "0123456789")
            }
        }
    }

    @Test func `A file is shown where it can do no harm, and else downloaded`() async throws {
        try await withScratchDirectory { directory in
            try await LiveMaster.run(in: directory) { master in
                let build = try await master.client.createBuild(["type": "directory", "project_directory": "/no/where"])
                let results = MasterFolders(base: "\(directory)/master").results(of: build) + "/artifact_0_0"
                try FileManager.default.createDirectory(atPath: results, withIntermediateDirectories: true)
                for name in ["a.txt", "a.html", "\"é.log"] {
                    try "<script>".write(toFile: "\(results)/\(name)", atomically: true, encoding: .utf8)
                }
                let file = "/dashboard/builds/\(build)/artifacts/file?path=artifact_0_0/"
                let text = try await master.web.get(file + "a.txt")
                #expect(text.text == "<script>")
                #expect(text.headers[.contentType] == "text/plain; charset=utf-8")
                #expect(text.headers[.contentSecurityPolicy]?.hasPrefix("sandbox; default-src 'none'") == true)
                #expect(text.headers[.contentDisposition] == "inline; filename*=UTF-8''a.txt")
                let page = try await master.web.get(file + "a.html")
                #expect(page.headers[.contentType] == "application/octet-stream")
                #expect(page.headers[.contentDisposition] == "attachment; filename*=UTF-8''a.html")
                let odd = try await master.web.get(file + "%22%C3%A9.log&download=1")
                #expect(odd.headers[.contentDisposition] == "attachment; filename*=UTF-8''%22%C3%A9.log")
                for path in ["../../../store.db", "..%2f..%2f..%2fstore.db", "artifact_0_0/none"] {
                    let answer = try await master.web.get("/dashboard/builds/\(build)/artifacts/file?path=\(path)")
                    #expect(answer.status == 404)
                }
                let listing = try await master.web.get("/dashboard/builds/\(build)/artifacts?path=artifact_0_0")
                #expect(listing.text.contains("&quot;é.log</a>"))
            }
        }
    }
}
