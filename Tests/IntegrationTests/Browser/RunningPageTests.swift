import ClusterRunnerDomain
import ClusterRunnerPlugin
import Foundation
import Testing

/// The pages of a build while it runs: what runs where, what failed, and how long ago.
@Suite(.browser, .serialized, .timeLimit(.minutes(20)))
struct RunningPageTests {
    /// A build that fails its set-up once, and has atoms that fail, are flaky, and wait.
    private struct Scene {
        let fields: [String: JSONValue]
        let started: NamedPipe
        let go: NamedPipe

        init(_ cluster: RunningCluster) throws {
            let number = UUID().uuidString
            started = try NamedPipe("\(cluster.scratch)/started-\(number)")
            go = try NamedPipe("\(cluster.scratch)/go-\(number)")
            let mark = "\(cluster.scratch)/mark-\(number)"
            let command = #"""
                echo report > "$ARTIFACT_DIR/report.txt"
                case "$NAME" in
                *fails*) printf '\033[31mFAIL\033[0m: expected 1, found <2>\n'; exit 3 ;;
                *flaky*) test -e "$MARK.flaky" || { touch "$MARK.flaky"; exit 1; } ;;
                *waits*) echo yes > "$STARTED"; read word < "$GO" ;;
                esac
                """#
            let setup = #"mkdir "$MARK.setup" || exit 0; printf '\033[31mno compiler\033[0m <b>here</b>\n'; exit 7"#
            fields = try cluster.inline(
                [
                    "commands": [.string(command)], "setup_build": [.string(setup)], "retries": 1,
                    "atomizers": [
                        ["NAME": "printf '%s\\n' tests/a_passes.py tests/b_fails.py tests/c_flaky.py tests/d_waits.py"]
                    ],
                    "environment": [
                        "MARK": .string(mark), "STARTED": .string(started.path), "GO": .string(go.path),
                    ],
                ],
                named: "Unit tests"
            )
        }
    }

    private func addSlave(_ cluster: RunningCluster, named name: String) async throws {
        let settings = "[slave]\nslave_name = \(name)"
        _ = try await cluster.addSlave(named: name, executors: 2, master: cluster.port, settings: settings)
    }

    /// Runs a build of the scene once, so that its atoms have expected times, and again until one of them waits.
    private func with(_ body: (RunningCluster, Scene, _ build: String) async throws -> Void) async throws {
        try await RunningCluster.with(slaves: 0) { cluster in
            try await addSlave(cluster, named: "build-07")
            let first = try Scene(cluster)
            let earlier = try await cluster.request(first.fields)
            _ = try await first.started.read()
            try await first.go.write("on")
            _ = try await cluster.ended(earlier)
            let scene = try Scene(cluster)
            let build = try await cluster.request(scene.fields)
            _ = try await scene.started.read()
            try await body(cluster, scene, "/dashboard/builds/\(build)")
        }
    }

    @Test func `A running build shows what runs on which slave, for how long, and the slave whose set-up failed`()
        async throws
    {
        try await with { cluster, scene, build in
            try await Browser.current().page(at: cluster.origin) { page in
                try await page.open(build)
                try await page.evaluate("window.mark = 'the same document'; 0")
                let running = "section[aria-labelledby=running-title]"
                try await page.shows("tests/d_waits.py", in: running)
                #expect(try await page.text(running).contains("build-07"))
                let elapsed = "document.querySelector('\(running) [data-label=Elapsed]').innerText"
                let expected = "document.querySelector('\(running) [data-label=Expected]').innerText"
                #expect(try await page.evaluate(expected).string?.contains(" s") == true, "it ran before")
                let before = try await page.evaluate(elapsed).string ?? ""
                try await page.wait(for: "\(elapsed) !== \(BrowserPage.quoted(before))")
                let trouble = "section[aria-labelledby=troubles-title]"
                #expect(try await page.text(trouble).contains("build-07"))
                #expect(try await page.text(trouble).contains("no compiler <b>here</b>"))
                #expect(
                    try await page.evaluate("document.querySelector('\(trouble) .t-f1').innerText") == "no compiler"
                )
                try await page.shows("FAIL: expected 1, found <2>", in: ".failure[id^=failure]")
                #expect(try await page.evaluate("document.querySelector('[id^=failure] .t-f1').innerText") == "FAIL")
                try await page.shows("Flaky", in: ".headline")
                try await scene.go.write("on")
                try await page.shows("Failed", in: ".headline")
                try await page.wait(for: "!document.querySelector('\(running)')")
                #expect(try await page.evaluate("window.mark") == "the same document")
            }
        }
    }

    @Test func `While it runs every page passes the audits, in the dark and on a phone too`() async throws {
        try await with { cluster, scene, build in
            let pictures = try DashboardPagesTests.pictures()
            let path = "/v1" + build.replacing("/dashboard/builds", with: "/build")
            let waits: (JSONValue) -> JSONValue? = { answer in
                answer["build"]["running_atoms"].array?.first { $0["value"] == "tests/d_waits.py" }
            }
            let atom = try #require(waits(try await cluster.poll(path) { waits($0) != nil }))
            let console = "/subjobs/\(atom["subjob_id"].integer ?? 0)/atoms/\(atom["atom_id"].integer ?? 0)"
            for (look, view) in DashboardPagesTests.views {
                try await Browser.current().page(view, at: cluster.origin) { page in
                    for part in ["", "/atoms", "/timeline", "/setup", "/artifacts", console] {
                        try await page.open(build + part)
                        if part == "/timeline" { try await page.wait(for: "document.querySelector('#chart .span')") }
                        #expect(try await page.audit() == [], "\(part) \(look)")
                        #expect(try await page.axeViolations() == [], "\(part) \(look)")
                        let name = part.split(separator: "/").first.map { "-\($0)" } ?? ""
                        if let pictures { try await page.screenshot(to: "\(pictures)/running\(name)-\(look).png") }
                    }
                    try await page.open("/")
                    if let pictures { try await page.screenshot(to: "\(pictures)/running-list-\(look).png") }
                }
            }
            try await scene.go.write("on")
        }
    }

    @Test func `Failed atoms come first, and artifacts have the names of their atoms`() async throws {
        try await with { cluster, scene, build in
            try await scene.go.write("on")
            try await Browser.current().page(at: cluster.origin) { page in
                try await page.open(build)
                try await page.shows("Failed", in: ".headline")
                try await page.wait(for: "!document.querySelector('#live-state')")
                for part in ["/atoms", "/artifacts"] {
                    try await page.open(build + part)
                    #expect(try await page.text("tbody tr").contains("tests/b_fails.py"), "\(part)")
                    #expect(try await page.text("tbody tr").contains("Failed"), "\(part)")
                }
                #expect(try await page.text("tbody").contains("tests/d_waits.py"))
                try await page.navigates { try await page.click("tbody .title a") }
                #expect(try await page.text(".crumbs").contains("tests/b_fails.py"))
                #expect(try await page.text("tbody").contains("report.txt"))
            }
        }
    }

    /// Lets the stream of events of a page connect only when a test calls `connect()`.
    private static let lateEvents = """
        const Real = window.EventSource;
        window.EventSource = class {
          listeners = [];
          constructor(path) {
            window.connect = () => {
              this.real = new Real(path);
              this.real.onopen = (event) => this.onopen(event);
              for (const [tag, listener] of this.listeners) this.real.addEventListener(tag, listener);
            };
          }
          addEventListener(tag, listener) { this.listeners.push([tag, listener]); }
          close() { this.real?.close(); }
        };
        """

    @Test func `An end of the build before the stream of events is connected is shown with the connection`()
        async throws
    {
        try await with { cluster, scene, build in
            try await Browser.current().page(at: cluster.origin) { page in
                try await page.beforeScripts(Self.lateEvents)
                try await page.open(build)
                try await scene.go.write("on")
                _ = try await cluster.ended(2)
                #expect(try await page.text(".headline").contains("Building"))
                try await page.evaluate("connect(); 0")
                try await page.shows("Failed", in: ".headline")
            }
        }
    }

    @Test func `Times say how long ago, go on without events, and have the exact one as their title`() async throws {
        try await RunningCluster.with(slaves: 1) { cluster in
            let build =
                try await cluster.run(
                    try cluster.inline(["commands": ["true"], "atomizers": [["A": "seq 2"]]])
                )["id"].integer ?? 0
            let time = "document.querySelector('#head time')"
            try await Browser.current().page(at: cluster.origin) { page in
                try await page.open("/dashboard/builds/\(build)")
                let text = try await page.evaluate("\(time).innerText").string ?? ""
                #expect(text == "now" || text.hasSuffix(" s ago"), "\(text)")
                let year = "\(time).title.includes(\(time).dateTime.slice(0, 4))"
                #expect(try await page.evaluate("\(year) && !\(time).title.includes('T')") == true)
                try await page.wait(for: "\(time).innerText !== \(BrowserPage.quoted(text))")
            }
            try await Browser.current().page(BrowserView(hasScripts: false), at: cluster.origin) { page in
                try await page.open("/dashboard/builds/\(build)")
                let html = try await cluster.http.send(
                    "GET",
                    "/dashboard/builds/\(build)",
                    headers: ["Accept": "text/html"]
                )
                let pattern =
                    #/<time datetime="[-0-9]+T[:0-9]+Z" title="[-0-9]+ [:0-9]+ UTC">(now|\d+ (s|min) ago)<\/time>/#
                #expect(try pattern.firstMatch(in: String(decoding: html.body, as: UTF8.self)) != nil)
            }
        }
    }

    @Test func `The page of a job has charts of its builds and says what changed`() async throws {
        try await RunningCluster.withNothing { cluster in
            try await cluster.fillHistory()
            try await cluster.startMaster()
            let pictures = try DashboardPagesTests.pictures()
            for (look, view) in DashboardPagesTests.views {
                try await Browser.current().page(view, at: cluster.origin) { page in
                    try await page.open("/dashboard/jobs?project=/srv/shop&job=Unit%20tests")
                    let text = try await page.text("#history")
                    #expect(text.contains("Builds got slower by 30.0 s"), "\(text)")
                    #expect(text.contains("Newly failing tests/test_2.py failed in 2 builds in a row, since build 24"))
                    #expect(text.contains("Newly flaky tests/test_3.py"))
                    #expect(text.contains("Slower tests/test_4.py takes 40.0 s, 30.0 s more than before"))
                    #expect(try await page.evaluate("document.querySelectorAll('.bars svg').length") == 3)
                    #expect(try await page.audit() == [], "\(look)")
                    #expect(try await page.axeViolations() == [], "\(look)")
                    if let pictures { try await page.screenshot(to: "\(pictures)/changes-\(look).png") }
                }
            }
        }
    }
}
