import ClusterRunnerDomain
import ClusterRunnerPlugin
import Foundation
import Testing

/// Every page, with pictures of them in the directory `SCREENSHOTS`, if it is set.
@Suite(.browser, .serialized, .timeLimit(.minutes(20)))
struct DashboardPagesTests {
    static let views: [(name: String, view: BrowserView)] = [
        ("desktop-light", BrowserView()), ("desktop-dark", BrowserView(isDark: true)), ("phone-light", .phone),
        ("phone-dark", BrowserView(width: 390, height: 844, isDark: true)),
    ]

    /// Returns the folder for pictures, which is made; nil if none are asked for.
    static func pictures() throws -> String? {
        guard let folder = ProcessInfo.processInfo.environment["SCREENSHOTS"] else { return nil }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return folder
    }

    private func pages(_ build: BuildID, _ cluster: RunningCluster) async throws -> [(name: String, path: String)] {
        let failed = try await cluster.http.get("/v1/build/\(build)")["build"]["failed_atoms"].array ?? []
        let subjob = try #require(failed.first?["subjob_id"].integer)
        let jobs = try await cluster.http.get("/v1/history")["jobs"]
        let project = try #require(jobs[0]["project"].string)
        let query = "project=\(project.replacing(" ", with: "%20"))&job=Unit%20tests"
        let atom = "/dashboard/builds/\(build)/subjobs/\(subjob)/atoms/0"
        return [
            ("builds", "/"), ("build", "/dashboard/builds/\(build)"), ("atoms", "/dashboard/builds/\(build)/atoms"),
            ("timeline", "/dashboard/builds/\(build)/timeline"), ("setup", "/dashboard/builds/\(build)/setup"),
            ("artifacts", "/dashboard/builds/\(build)/artifacts"), ("console", atom),
            ("search", "\(atom)?search=step"), ("slaves", "/dashboard/slaves"), ("slave", "/dashboard/slaves/1"),
            ("jobs", "/dashboard/jobs"), ("history", "/dashboard/jobs?\(query)"), ("login", "/dashboard/login"),
            ("not-found", "/dashboard/builds/999"),
        ]
    }

    @Test func `Every page can be read by everybody, and does what hostile names want on none of them`() async throws {
        try await RunningCluster.with(slaves: 2, executors: 2) { cluster in
            for _ in 0..<2 { _ = try await cluster.run(try cluster.scene()) }
            let build = try await cluster.run(try cluster.scene())["id"].integer.map { BuildID($0) } ?? 0
            let pictures = try Self.pictures()
            let pages = try await pages(build, cluster)
            for (look, view) in Self.views {
                try await Browser.current().page(view, at: cluster.origin) { page in
                    page.forgive("/dashboard/builds/999")
                    for (name, path) in pages {
                        try await page.open(path)
                        if name == "timeline" { try await page.wait(for: "document.querySelector('#chart .span')") }
                        let problems = try await page.audit()
                        #expect(problems == [], "\(name) \(look)")
                        #expect(try await page.axeViolations() == [], "\(name) \(look)")
                        #expect(try await page.evaluate("window.wasHurt ?? 0") == 0, "\(name)")
                        if let pictures { try await page.screenshot(to: "\(pictures)/\(name)-\(look).png") }
                    }
                }
            }
        }
    }

    @Test func `Without scripts the pages say the same`() async throws {
        try await RunningCluster.with(slaves: 1, executors: 2) { cluster in
            let build = try await cluster.run(try cluster.scene())["id"].integer.map { BuildID($0) } ?? 0
            let expected = [
                "builds": "Unit tests", "build": "expected 1, found 2", "atoms": "tests/feature_24/test_case.py",
                "timeline": "Longest atoms", "setup": "Set-up on slaves", "artifacts": "tests/feature_7/test_case.py",
                "console": "found 2",
                "search": "5 lines", "slaves": "127.0.0.1", "slave": "Set up", "jobs": "Unit tests",
                "history": "Slowest atoms", "login": "Secret", "not-found": "Invalid build id: 999.",
            ]
            let pages = try await pages(build, cluster)
            try await Browser.current().page(BrowserView(hasScripts: false), at: cluster.origin) { page in
                page.forgive("/dashboard/builds/999")
                for (name, path) in pages {
                    try await page.open(path)
                    let text = try await page.text()
                    let wanted = try #require(expected[name])
                    #expect(text.contains(wanted), "\(name): \(text)")
                    for hostile in Self.shownNames where name == "atoms" { #expect(text.contains(hostile)) }
                }
            }
        }
    }

    /// The names that are shown unchanged.
    private static let shownNames = RunningCluster.hostileNames.filter { !$0.contains("\u{1B}") }

    @Test func `The table and the timeline of 100,000 atoms open, sorted and searched too`() async throws {
        try await RunningCluster.withNothing { cluster in
            try await cluster.fillStore(atoms: 100_000)
            try await cluster.startMaster()
            let paths = ["", "?sort=-actual", "?text=test_99999", "?state=failed", "?page=1000", "?sort=name&page=500"]
            try await Browser.current().page(at: cluster.origin) { page in
                try await page.open("/dashboard/slaves")
                for path in paths {
                    try await page.open("/dashboard/builds/1/atoms\(path)")
                    let hasRows = "document.querySelectorAll('tbody tr').length > 0"
                    #expect(try await page.evaluate(hasRows) == true, "\(path)")
                }
                try await page.open("/dashboard/builds/1/timeline")
                try await page.wait(for: "document.querySelectorAll('#chart .span').length > 100")
            }
        }
    }
}
