import ClusterRunnerPlugin
import Foundation
import Testing

/// Pages that change while they are open.
@Suite(.browser, .serialized, .timeLimit(.minutes(20)))
struct DashboardLiveTests {
    /// Makes a job with one atom that waits for a test, and fails on request.
    private func job(_ cluster: RunningCluster) throws -> (
        fields: [String: JSONValue], started: NamedPipe, go: NamedPipe
    ) {
        let number = UUID().uuidString
        let (started, go) = try (
            NamedPipe("\(cluster.scratch)/started-\(number)"), NamedPipe("\(cluster.scratch)/go-\(number)")
        )
        let command = """
            printf '\\033[36mbegun\\033[0m\\n'; echo yes > '\(started.path)'; read word < '\(go.path)'; echo "told to $word"
            test "$word" != fail
            """
        let fields = try cluster.inline(["commands": [.string(command)], "atomizers": [["N": "echo only"]]])
        return (fields, started, go)
    }

    @Test func `A build is watched from the queue to its end without a reload`() async throws {
        try await RunningCluster.with(slaves: 0) { cluster in
            let (fields, started, go) = try job(cluster)
            let id = try await cluster.request(fields)
            try await Browser.current().page(at: cluster.origin) { overview in
                try await Browser.current().page(at: cluster.origin) { timeline in
                    try await overview.open("/dashboard/builds/\(id)")
                    try await timeline.open("/dashboard/builds/\(id)/timeline")
                    for page in [overview, timeline] { try await page.evaluate("window.mark = 'the same document'; 0") }
                    try await overview.shows("Waits for")
                    try await timeline.shows("No slave has worked")
                    try await cluster.addSlave(executors: 2)
                    _ = try await started.read()
                    try await overview.shows("Building", in: ".headline")
                    try await timeline.wait(for: "document.querySelector('#executors tbody tr')")
                    try await timeline.wait(for: "document.querySelector('#chart .span.running')")
                    try await go.write("fail")
                    try await overview.shows("Failed", in: ".headline")
                    try await overview.shows("told to fail", in: "#overview")
                    try await timeline.wait(for: "document.querySelector('#chart .span.failed')")
                    for page in [overview, timeline] {
                        #expect(try await page.evaluate("window.mark") == "the same document")
                    }
                }
            }
        }
    }

    @Test func `Output is followed while it is printed, in colours, and ends with the atom`() async throws {
        try await RunningCluster.with(slaves: 1) { cluster in
            let (fields, started, go) = try job(cluster)
            let id = try await cluster.request(fields)
            _ = try await started.read()
            try await Browser.current().page(at: cluster.origin) { page in
                try await page.open("/dashboard/builds/\(id)/subjobs/0/atoms/0")
                try await page.evaluate("window.mark = 'the same document'; 0")
                try await page.shows("begun", in: "#output")
                #expect(try await page.evaluate("document.querySelector('#L1 .t-f6').textContent") == "begun")
                #expect(try await page.evaluate("document.getElementById('follow').checked") == true)
                try await go.write("pass")
                try await page.shows("told to pass", in: "#L2")
                try await page.shows("Passed", in: "#atom")
                try await page.shows("End of the output", in: "#output")
                #expect(try await page.evaluate("window.mark") == "the same document")
            }
        }
    }

    @Test func `A build is canceled with the secret, and not without`() async throws {
        try await RunningCluster.with(slaves: 1) { cluster in
            let (fields, started, _) = try job(cluster)
            let id = try await cluster.request(fields)
            _ = try await started.read()
            try await Browser.current().page(at: cluster.origin) { page in
                page.forgive("401")
                try await page.open("/dashboard/builds/\(id)")
                for secret in ["a wrong secret", RunningCluster.secret] {
                    try await page.click(secret == RunningCluster.secret ? "dialog input" : "button.danger")
                    if secret != RunningCluster.secret { try await page.click("dialog input") }
                    try await page.type(secret)
                    try await page.press("Enter")
                    if secret != RunningCluster.secret {
                        try await page.shows("The master refused it", in: "dialog")
                        #expect(try await cluster.http.get("/v1/build/\(id)")["build"]["state"] == "BUILDING")
                    }
                }
                try await page.shows("Canceled", in: ".headline")
                #expect(
                    try await page.evaluate("JSON.stringify({...localStorage, ...sessionStorage}) + document.cookie")
                        == "{}"
                )
            }
            #expect(try await cluster.ended(id)["state"] == "CANCELED")
        }
    }

    @Test func `Lines have addresses, and are found from the keyboard, also in parts that are not shown`() async throws
    {
        try await RunningCluster.with(slaves: 1) { cluster in
            let command = "seq -f 'line %.0f' 5000; printf '\\033[31mneed\\033[0mle & <i>\\n'; seq 3000"
            let build = try await cluster.run(
                try cluster.inline(["commands": [.string(command)], "atomizers": [["N": "echo only"]]])
            )
            let path = "/dashboard/builds/\(build["id"].integer ?? 0)/subjobs/0/atoms/0"
            try await Browser.current().page(at: cluster.origin) { page in
                try await page.open(path)
                #expect(try await page.text("#output").contains("of 8\u{202F}001"))
                try await page.press("/")
                try await page.type("NEEDLE & <")
                try await page.navigates { try await page.press("Enter") }
                try await page.shows("1 line", in: "[role=status]")
                try await page.navigates { try await page.click(".found a") }
                #expect(try await page.evaluate("location.hash") == "#L5001")
                #expect(try await page.evaluate("document.querySelector(':target span').textContent") == "needle & <i>")
                try await page.navigates { try await page.open("\(path)#L42") }
                try await page.wait(for: "document.querySelector('#L42:target')?.innerText.includes('line 42')")
            }
        }
    }

    @Test func `The timeline is zoomed and told about from the keyboard and with the mouse`() async throws {
        try await RunningCluster.with(slaves: 1, executors: 2) { cluster in
            let build = try await cluster.run(try cluster.scene())["id"].integer ?? 0
            // A teardown that ends meanwhile would redraw the chart under the mouse.
            try await cluster.idle()
            try await Browser.current().page(at: cluster.origin) { page in
                try await page.open("/dashboard/builds/\(build)/timeline")
                let width = "Number(document.querySelector('#chart .span.setup').getAttribute('width'))"
                try await page.wait(for: "document.querySelector('#chart .span.setup')")
                let before = try await page.evaluate(width)
                try await page.evaluate("document.getElementById('chart').focus()")
                try await page.press("+")
                try await page.wait(for: "document.querySelector('#chart .span.setup') && \(width) !== \(before.text)")
                try await page.press("0")
                try await page.wait(for: "\(width) === \(before.text)")
                try await page.click("[data-zoom=in]")
                // Otherwise the next wait could end before the chart is drawn in this size.
                try await page.wait(for: "document.querySelector('#chart .span.setup') && \(width) !== \(before.text)")
                try await page.click("[data-zoom=all]")
                try await page.wait(for: "\(width) === \(before.text)")
                try await page.hover("#chart .span.failed")
                try await page.shows("tests/feature_7/test_case.py: failed", in: "#chart-detail")
                try await page.navigates { try await page.click("#chart .span.failed") }
                try await page.shows("expected 1, found 2", in: "#output")
            }
        }
    }
}

extension JSONValue {
    /// The number in JavaScript's notation.
    fileprivate var text: String {
        switch self {
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        default: "NaN"
        }
    }
}
