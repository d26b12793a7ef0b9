import ClusterRunnerPlugin
import Foundation
import Testing

/// The pages of builds, used like by a person.
@Suite(.browser, .timeLimit(.minutes(20)))
struct BuildPagesTests {
    /// A name that would run a script if it were not escaped, and text that controls a terminal.
    private static let hostileName = #"<img src=x onerror="document.title='taken'">"#

    private func with(
        slaves: Int = 1,
        _ view: BrowserView = BrowserView(),
        _ body: (RunningCluster, BrowserPage) async throws -> Void
    ) async throws {
        try await RunningCluster.with(slaves: slaves) { cluster in
            try await Browser.current().page(view, at: "http://127.0.0.1:\(cluster.port)") { page in
                try await body(cluster, page)
            }
        }
    }

    @Test func `A build is watched from the queue to its end without loading the page anew`() async throws {
        try await with(slaves: 0) { cluster, page in
            let gate = "\(cluster.scratch)/gate"
            let build = try await cluster.request(
                try cluster.inline([
                    "commands": [.string("while [ ! -e \(gate) ]; do sleep 0.05; done; echo over")],
                    "atomizers": [["A": "seq 3"]],
                ])
            )
            try await page.open("/")
            try await page.shows("Prepared", in: "#build-\(build)")
            try await page.navigates { try await page.click("#build-\(build) a.cover") }
            try await page.shows("Waits for")
            let loads = page.loadCount
            try await cluster.addSlave(executors: 2)
            try await page.shows("Building", in: "#head")
            try await page.shows("2 running", in: "#head")
            try await page.wait(for: "document.querySelector('#live-state')?.innerText === 'Live'")
            #expect(FileManager.default.createFile(atPath: gate, contents: nil))
            try await page.shows("Passed", in: "#head")
            try await page.shows("3 of 3 atoms (100 %)", in: "#head")
            try await page.wait(for: "document.title.includes('Passed') && !document.querySelector('#live-state')")
            #expect(page.loadCount == loads)
        }
    }

    @Test func `The list of builds shows a new one by itself, and keeps what is being typed`() async throws {
        try await with { cluster, page in
            try await page.open("/dashboard/builds")
            try await page.wait(for: "document.querySelector('#live-state')?.innerText === 'Live'")
            try await page.press("/")
            try await page.type("half a wo")
            let build = try await cluster.request(
                try cluster.inline(["commands": ["true"], "atomizers": [["A": "seq 2"]]])
            )
            try await page.shows("Passed", in: "#build-\(build)")
            let field = "document.querySelector('[name=text]')"
            #expect(try await page.evaluate("\(field).value") == "half a wo")
            #expect(try await page.evaluate("document.activeElement === \(field)") == true)
        }
    }

    @Test func `The output of a failed atom is read on the page of its build, and hostile text does no harm`()
        async throws
    {
        try await with { cluster, page in
            let output = #"printf '\033[31mred\033[0m <script>document.title=1</script>\n%s\n' "$A"; exit 3"#
            let lister = "cat <<'END'\n\(Self.hostileName)\nplain\nEND"
            let build = try await cluster.request(
                try cluster.inline(
                    [
                        "commands": [.string(output)], "atomizers": [["A": .string(lister)]],
                        "setup_build": ["echo '<script>document.title=2</script>'"],
                    ],
                    named: "<b>Job</b>"
                )
            )
            _ = try await cluster.ended(build)
            for part in ["", "/atoms", "/setup", "/artifacts"] {
                try await page.open("/dashboard/builds/\(build)\(part)")
            }
            try await page.open("/dashboard/builds/\(build)")
            let text = try await page.text()
            #expect(text.contains("red <script>document.title=1</script>"))
            #expect(text.contains(Self.hostileName))
            #expect(text.contains("<b>Job</b>"))
            #expect(text.contains("exit code 3"))
            #expect(try await page.evaluate("document.title").string == "Build \(build): Failed · ClusterRunner")
            #expect(try await page.evaluate("document.querySelectorAll('main img, main b b, main script').length") == 0)
        }
    }

    @Test func `A build is canceled with the secret, which the page asks for once and does not keep`() async throws {
        try await with { cluster, page in
            let build = try await cluster.request(
                try cluster.inline(["commands": ["sleep 1000"], "atomizers": [["A": "seq 2"]]])
            )
            page.forgive("401")
            try await page.open("/dashboard/builds/\(build)")
            try await page.shows("Building", in: "#head")
            try await page.click(".actions .danger")
            try await page.shows("Cancel build \(build)?", in: "dialog")
            try await page.type("not the secret")
            try await page.press("Enter")
            try await page.shows("The master refused it.", in: "dialog")
            try await page.evaluate("document.querySelector('dialog input').focus()")
            try await page.type(RunningCluster.secret)
            try await page.press("Enter")
            try await page.shows("Canceled", in: "#head")
            #expect(try await cluster.ended(build)["state"] == "CANCELED")
            let kept =
                "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, document.documentElement.outerHTML])"
            #expect(try await page.evaluate(kept).string?.contains(RunningCluster.secret) == false)
            // A second change on the same page does not ask for the secret.
            try await page.wait(for: "!document.querySelector('dialog')")
            try await page.click(".actions button")
            try await page.shows("as a new build?", in: "dialog")
            #expect(try await page.evaluate("document.querySelector('dialog [data-secret]').hidden") == true)
            try await page.navigates { try await page.click("dialog .primary") }
            try await page.shows("#2", in: "h1")
            // Another page has no secret.
            try await page.click(".actions .danger")
            try await page.shows("Secret of the cluster", in: "dialog")
            try await page.type(RunningCluster.secret)
            try await page.press("Enter")
            try await page.shows("Canceled", in: "#head")
        }
    }

    @Test func `What the page computes where the browser offers nothing is the same HMAC`() async throws {
        try await with(slaves: 0) { _, page in
            try await page.open("/dashboard/login")
            let script = """
                (async () => {
                    const path = document.querySelector('script[src]').src.replace('main.js', 'signing.js');
                    const { makeKey } = await import(path);
                    const hex = (bytes) => [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('');
                    const wrong = [];
                    for (const size of [0, 1, 20, 110, 111, 112, 127, 128, 129, 300]) {
                        const secret = 'é'.repeat(size / 2) + 'k';
                        const message = new Uint8Array(size).fill(7);
                        const own = hex(await (await makeKey(secret, null))(message));
                        const theirs = hex(await (await makeKey(secret))(message));
                        if (own !== theirs) wrong.push([size, own, theirs]);
                    }
                    // RFC 4231, test case 2.
                    const known = hex(await (await makeKey('Jefe', null))(new TextEncoder().encode('what do ya want for nothing?')));
                    return JSON.stringify({ wrong, known });
                })()
                """
            let result = try await page.evaluate(script).string ?? ""
            #expect(result.contains(#""wrong":[]"#))
            #expect(
                result.contains(
                    "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
                        + "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
                )
            )
        }
    }

    @Test func `A table of 100,000 atoms shows a hundred at a time, and is sorted and searched`() async throws {
        try await with(slaves: 0) { cluster, page in
            let build = try await cluster.request(
                try cluster.inline(["commands": ["true"], "atomizers": [["A": "seq 100000"]]])
            )
            try await cluster.poll("/v1/build/\(build)") { $0["build"]["num_atoms"] == 100_000 }
            for query in ["", "?sort=-name", "?sort=-actual&page=900", "?text=777"] {
                try await page.open("/dashboard/builds/\(build)/atoms\(query)")
                // With any number of atoms, a page has a hundred.
                let rows = "document.querySelectorAll('#atoms tbody tr').length"
                #expect(try await page.evaluate(rows).integer == 100, "\(query)")
            }
            #expect(try await page.text("#atoms").contains("1–100 of 280"))
            try await page.open("/dashboard/builds/\(build)/atoms?page=1000")
            #expect(try await page.text("#atoms").contains("100000"))
        }
    }

    @Test func `Without scripts the pages say the same, and forms filter`() async throws {
        try await with(BrowserView(hasScripts: false)) { cluster, page in
            let job: JSONValue = ["commands": ["echo out; test $A != 2"], "atomizers": [["A": "seq 3"]]]
            let build = try await cluster.request(try cluster.inline(job))
            _ = try await cluster.ended(build)
            for path in [
                "/", "/dashboard/builds?state=failed&job=Tests", "/dashboard/builds/\(build)/atoms?state=failed",
            ] {
                let html = try await cluster.http.send("GET", path, headers: ["Accept": "text/html"])
                #expect(String(decoding: html.body, as: UTF8.self).contains("Failed</span>"))
                try await page.open(path)
            }
        }
    }

    @Test(arguments: ["", "/1", "/1/atoms", "/1/setup", "/1/artifacts"])
    func `Everything that can be used has a name, and can be reached by the keyboard`(path: String) async throws {
        try await with { cluster, page in
            let job: JSONValue = [
                "commands": ["echo out > $ARTIFACT_DIR/x.txt; exit 1"], "atomizers": [["A": "seq 2"]],
                "setup_build": ["echo set up"],
            ]
            _ = try await cluster.run(try cluster.inline(job))
            try await page.open("/dashboard/builds\(path)")
            let nameless = """
                [...document.querySelectorAll('a, button, input:not([type=hidden]), select, nav, section, table th')]
                    .filter((e) => !(e.innerText || e.textContent || e.labels?.length || e.ariaLabel).toString().trim())
                    .map((e) => e.outerHTML).join('\\n')
                """
            #expect(try await page.evaluate(nameless) == "")
            #expect(try await page.evaluate("document.querySelectorAll('h1').length") == 1)
            #expect(try await page.evaluate("document.querySelectorAll('[aria-current=page]').length > 0") == true)
            try await page.press("Tab")
            #expect(try await page.evaluate("document.activeElement.className") == "skip")
            #expect(try await page.evaluate("document.activeElement.getBoundingClientRect().left >= 0") == true)
            let wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
            #expect(try await page.evaluate(wide) == true)
        }
    }

    @Test func `Where reads need the secret, a person logs in and sees builds live`() async throws {
        try await RunningCluster.withNothing { cluster in
            try await cluster.startMaster(settings: "authenticate_reads = True")
            try await Browser.current().page(at: "http://127.0.0.1:\(cluster.port)") { page in
                page.forgive("401")
                try await page.open("/")
                try await page.shows("Log in", in: "h1")
                try await page.type("wrong secret")
                try await page.navigates { try await page.press("Enter") }
                try await page.shows("That is not the secret of this cluster.")
                try await page.type(RunningCluster.secret)
                try await page.navigates { try await page.press("Enter") }
                try await page.shows("There are no builds yet.")
                try await page.wait(for: "document.querySelector('#live-state')?.innerText === 'Live'")
                _ = try await cluster.request(
                    try cluster.inline(["commands": ["true"], "atomizers": [["A": "seq 2"]]])
                )
                try await page.shows("Prepared", in: "#build-1")
                #expect(try await page.evaluate("document.cookie") == "")
            }
        }
    }
}
