import Testing

/// The browser itself, without which the other tests of this folder would find nothing.
@Suite(.browser, .timeLimit(.minutes(20)))
struct BrowserTests {
    @Test func `A page of the master is loaded, and what goes wrong in it is noticed`() async throws {
        try await RunningCluster.with(slaves: 0) { cluster in
            let origin = "http://127.0.0.1:\(cluster.port)"
            try await Browser.current().page(at: origin) { page in
                try await page.open("/v1/version")
                #expect(try await page.text().contains("api_version"))
                try await page.evaluate("console.error('this is wrong')")
                try await page.evaluate("fetch('http://127.0.0.1:1/elsewhere').catch(() => 0)")
                let complaints = page.complaints.joined(separator: "\n")
                #expect(complaints.contains("this is wrong"))
                #expect(complaints.contains("a request to http://127.0.0.1:1/elsewhere"))
                page.forgive("")
            }
        }
    }

    @Test func `Barriers that a page has are found by both audits`() async throws {
        try await RunningCluster.with(slaves: 0) { cluster in
            try await Browser.current().page(at: cluster.origin) { page in
                try await page.open("/dashboard/login")
                #expect(try await page.audit() + page.axeViolations() == [])
                let script = """
                    const picture = document.createElement("div");
                    picture.setAttribute("role", "img");
                    picture.setAttribute("aria-label", "A chart");
                    picture.append(document.createElement("button"));
                    document.querySelector("main").append(picture); 0
                    """
                try await page.evaluate(script)
                #expect(try await page.audit().contains { $0.hasPrefix("no name: <button") })
                #expect(try await page.axeViolations().contains { $0.hasPrefix("nested-interactive: ") })
            }
        }
    }
}
