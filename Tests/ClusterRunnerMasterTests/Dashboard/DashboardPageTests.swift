import ClusterRunnerClient
import ClusterRunnerDashboard
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerTesting
import ClusterRunnerWire
import HTTPTypes
import Testing

@testable import ClusterRunnerMaster

@Suite(.timeLimit(.minutes(10)))
struct DashboardPageTests {
    private func withMaster(_ body: @Sendable (LiveMaster) async throws -> Void) async throws {
        try await withScratchDirectory { try await LiveMaster.run(in: $0) { try await body($0) } }
    }

    @Test func `A browser that opens the master gets the builds, and everybody else the data`() async throws {
        try await withMaster { master in
            let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
            let page = try await master.web.get("/", accept: browser)
            #expect(page.headers[.contentType] == "text/html; charset=utf-8")
            #expect(page.headers[.vary] == "Accept")
            #expect(page.text.contains("There are no builds yet."))
            for accept in [nil, "*/*", "application/json", "text/html;q=0.1, application/json", "text/html;q=0"] {
                #expect(try await master.web.get("/", accept: accept).json["STATUS"] == "SUCCESS")
            }
            #expect(try await master.web.get("/v1", accept: browser).json["STATUS"] == "SUCCESS")
        }
    }

    @Test func `Pages are no part of the API, and found at one place only`() async throws {
        try await withMaster { master in
            for path in ["/v1/dashboard/builds", "/v2/dashboard/builds", "/dashboard/build"] {
                let answer = try await master.web.get(path)
                #expect(answer.status == 404)
                #expect(answer.error == "There is nothing at \(path).")
            }
            let moved = try await master.web.get("/dashboard")
            #expect(moved.status == 303 && moved.headers[.location] == "/dashboard/builds")
        }
    }

    @Test func `A page may do nothing but show itself`() async throws {
        try await withMaster { master in
            for path in ["/dashboard/builds", "/dashboard/builds/9", "/dashboard/login"] {
                let headers = try await master.web.get(path).headers
                #expect(
                    headers[.contentSecurityPolicy]
                        == "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
                        + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
                )
                #expect(headers[.xContentTypeOptions] == "nosniff")
                #expect(headers[.cacheControl] == "no-store")
            }
        }
    }

    @Test func `What is not there is said on a page`() async throws {
        try await withMaster { master in
            let answer = try await master.web.get("/dashboard/builds/9/atoms")
            #expect(answer.status == 404)
            #expect(answer.text.contains("<p>Invalid build id: 9.</p>"))
        }
    }

    @Test func `Files of pages are kept for ever under the path that changes with them`() async throws {
        try await withMaster { master in
            let shelf = AssetShelf.current
            let style = try await master.web.get("\(shelf.path)/style.css")
            #expect(style.headers[.contentType] == "text/css; charset=utf-8")
            #expect(style.headers[.cacheControl] == "public, max-age=31536000, immutable")
            #expect(style.headers[.eTag] == "\"\(shelf.tag)\"")
            let old = try await master.web.get("/dashboard/assets/old/style.css")
            #expect(old.status == 200 && old.headers[.cacheControl] == "no-cache")
            #expect(try await master.web.get("\(shelf.path)/none.js").status == 404)
            #expect(try await master.web.get("\(shelf.path)/..%2Fstyle.css").status == 404)
        }
    }

    @Test func `The pages of a build show how far it is, what failed, and what was printed`() async throws {
        try await withMaster { master in
            let extra = "  setup_build: [\"echo\"]\n"
            let job = "Unit:\n  commands: [\"true\"]\n  atomizers: [{A: \"echo one; echo '<two>'\"}]\n\(extra)"
            let build = try await master.client.createBuild(try master.project(job))
            let slave = try await PlayedSlave(master, executors: 2)
            let work = try await slave.join(build: build)
            var page = try await master.web.get("/dashboard/builds/\(build)")
            #expect(page.text.contains(">Building</span>"))
            #expect(page.text.contains("&amp;build=\(build)\">"))
            let result = AtomResult(exitCode: 3, seconds: 1, console: .inline(Array("oh <b>no</b>\n".utf8)))
            for grant in work {
                for atom in grant.atoms { _ = try await slave.report(grant, atom: atom.id, result) }
            }
            #expect(try await master.client.build(build, wait: .seconds(30)).state == .finished)
            page = try await master.web.get("/dashboard/builds/\(build)")
            #expect(page.text.contains("oh &lt;b&gt;no&lt;/b&gt;"))
            #expect(page.text.contains("<b>2</b> failed"))
            let atoms = try await master.web.get("/dashboard/builds/\(build)/atoms?text=%3Ctwo")
            #expect(atoms.text.contains("&lt;two&gt;</a>") && !atoms.text.contains(">one</a>"))
            let setup = try await master.web.get("/dashboard/builds/\(build)/setup")
            #expect(setup.text.contains("Atomizers"))
            let list = try await master.web.get("/dashboard/builds?state=failed")
            #expect(list.text.contains("id=\"build-\(build)\""))
            #expect(try await master.web.get("/dashboard/builds?state=passed").text.contains("No build matches."))
        }
    }
}

struct AcceptHeaderTests {
    @Test(arguments: [
        ("text/html", true), ("text/html, */*;q=0.8", true), ("text/*", true), ("*/*", false), ("", false),
        ("application/json, text/html;q=0.9", false), ("text/html;q=0.5, application/json;q=0.4", true),
        ("text/html;q=nonsense", false), ("TEXT/HTML ; Q=1", true), ("application/vnd.clusterrunner.v2+json", false),
    ])
    func `A page is for whoever ranks it higher`(header: String, wantsPage: Bool) {
        #expect(AcceptHeader.prefersHTML(header) == wantsPage)
    }

    @Test func `Without a header nobody asks for a page`() { #expect(!AcceptHeader.prefersHTML(nil)) }
}
