import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerDashboard

struct PageTests {
    private let dashboard: Dashboard
    private static let hostile = "</pre><script>alert(1)</script>\"' onload='x' \"\u{301} x=\"{{title}}"

    init() throws { dashboard = try Dashboard() }

    private static func build(_ state: BuildState, atoms: Int? = nil) throws -> BuildRecord {
        var build = BuildRecord(
            id: 7,
            projectType: "directory",
            parameters: ProjectParameters(["project_directory": .string(hostile)]),
            projectID: hostile,
            jobName: hostile,
            state: state,
            timestamps: [.queued: 1_700_000_000]
        )
        build.job = Job(name: hostile, command: hostile, atomizers: [Atomizer(variable: "A", command: hostile)])
        build.errorMessage = hostile
        build.progress.atoms = atoms
        return build
    }

    private static func atom(_ id: AtomIndex = 0) -> AtomRecord {
        AtomRecord(
            buildID: 7,
            subjobID: 3,
            id: id,
            atom: Atom(variable: "A", value: hostile),
            state: .completed,
            expectedTime: 2,
            result: AtomResult(exitCode: 1, seconds: 1.5, cause: hostile),
            attempts: 2,
            slaveID: 4,
            executor: 1,
            startedAt: 1_700_000_001
        )
    }

    /// Makes each page from hostile texts only.
    private static func pages() throws -> [any Page] {
        let build = try build(.finished, atoms: 1)
        let live = BuildLive(waitingFor: hostile, outlook: BuildOutlook(running: 2, secondsLeft: 10))
        let query = QueryString().with("text", hostile).with("job", hostile).with("project", hostile)
        let found = FoundAtoms(atoms: [FoundAtom(record: atom(), isHeld: false)], total: 1)
        let run = CommandRun(kind: .setup, command: hostile, exitCode: 1, output: hostile, seconds: 1)
        let command = CommandRecord(run: run, slaveID: 4, slaveURL: hostile, startedAt: 1)
        let running = try Self.build(.building, atoms: 3)
        return [
            BuildsPage(
                FoundBuilds(builds: [build, running], total: 2),
                live: [7: live],
                filter: BuildsFilter(query),
                now: 1_700_000_010
            ),
            BuildPage(
                running,
                live: live,
                failures: [BuildPage.Failure(atom(), tail: hostile, isCut: true, now: 1_700_000_010)],
                flaky: [atom(1)],
                requestParameters: [hostile: .string(hostile)],
                now: 1_700_000_010
            ),
            AtomsPage(build, live: nil, found: found, filter: AtomsFilter(query), now: 1),
            SetupPage(build, live: nil, commands: [command], now: 1),
            ArtifactsPage(
                build,
                live: nil,
                folder: [ByteString(hostile), ByteString(hostile)],
                entries: [
                    .init(name: ByteString(hostile), kind: .file(3), changedAt: 1),
                    .init(name: ByteString(hostile), kind: .folder, changedAt: 1),
                    .init(name: ByteString(hostile), kind: .other, changedAt: 1),
                ],
                total: 3,
                page: PageChoice(query, size: 200),
                now: 1
            ),
            LoginPage(next: hostile, isWrong: true, isEncrypted: false),
            ProblemPage(title: hostile, sentence: hostile),
        ]
    }

    @Test func `No text of a build becomes markup, whatever is in it`() throws {
        for page in try Self.pages() {
            let html = dashboard.html(page, now: 1_700_000_010)
            #expect(!html.contains("<script>alert"))
            #expect(html.components(of: "<script") == 1)
            let scalars = html.unicodeScalars.map { $0 }
            // Our own quotes are not followed by accents.
            for (index, scalar) in scalars.enumerated() where scalar == "\u{301}" {
                #expect(scalars[index - 1] != "\"")
            }
            #expect(!html.contains("' onload="))
        }
    }

    @Test func `Pages have no style or script of their own, which the policy would refuse`() throws {
        for page in try Self.pages() {
            let html = dashboard.html(page, now: 1_700_000_010)
            for forbidden in [" style=", "<style", " onclick=", "javascript:", "http://", "https://"] {
                #expect(!html.contains(forbidden))
            }
        }
    }

    @Test func `All tags that a page opens it closes`() throws {
        let alone: Set = ["meta", "link", "input", "rect", "path", "img", "br", "hr"]
        for page in try Self.pages() {
            var open: [Substring] = []
            for tag in dashboard.html(page, now: 1_700_000_010).matches(of: /<(\/?)([a-z0-9]+)(?:\s[^>]*)?>/) {
                let name = tag.output.2
                if alone.contains(String(name)) { continue }
                if tag.output.1.isEmpty {
                    open.append(name)
                } else {
                    #expect(open.popLast() == name)
                }
            }
            #expect(open.isEmpty)
        }
    }

    @Test func `A build that goes on can be canceled, one that has ended run again`() throws {
        let running = BuildHeader(try Self.build(.building), live: nil, part: .overview, now: 1)
        #expect(running.cancel?.body == #"{"status": "canceled"}"#)
        #expect(running.retry == nil && running.retryFailed == nil)
        var build = try Self.build(.finished)
        #expect(BuildHeader(build, live: nil, part: .overview, now: 1).retryFailed == nil)
        build.progress.failedAtoms = 1
        let ended = BuildHeader(build, live: nil, part: .overview, now: 1)
        #expect(ended.cancel == nil)
        #expect(ended.retry?.path == "/v1/build/7/retry")
        #expect(ended.retryFailed?.body == #"{"failed": true}"#)
    }

    @Test func `A page of a build that has ended follows nothing`() throws {
        let found = FoundAtoms(atoms: [], total: 0)
        let filter = AtomsFilter(QueryString())
        let ended = AtomsPage(try Self.build(.finished), live: nil, found: found, filter: filter, now: 1)
        let running = AtomsPage(try Self.build(.building), live: nil, found: found, filter: filter, now: 1)
        #expect(ended.feed == nil)
        #expect(running.feed == .build(7))
        #expect(dashboard.html(running, now: 1).contains(#"&amp;build=7""#))
    }
}

struct ListTests {
    @Test func `The links of a list lead to the pages there are, and keep what was asked for`() {
        let query = QueryString("text=a&page=2")
        let pager = Pager(PageChoice(query, size: 10), total: 25, shown: 10, path: "/x", query: query)
        #expect(pager.range == "11–20")
        #expect(pager.first == "/x?text=a")
        #expect(pager.previous == "/x?text=a")
        #expect(pager.next == "/x?text=a&page=3")
        #expect(pager.last == "/x?text=a&page=3")
        let beyond = PageChoice(QueryString("page=9"), size: 10)
        #expect(Pager(beyond, total: 25, shown: 0, path: "/x", query: QueryString()).previous == "/x?page=3")
    }

    @Test(arguments: ["0", "-3", "x", "", "99999999999999999999"])
    func `What is no page is the first`(page: String) {
        #expect(PageChoice(QueryString("page=\(page)"), size: 50).part == StorePage(offset: 0, limit: 50))
    }

    @Test func `A very large page is a page still`() {
        #expect(PageChoice(QueryString("page=\(Int.max)"), size: 50).part.offset == 49_999_950)
    }

    @Test func `The atoms are sorted and filtered as the query says`() {
        let filter = AtomsFilter(QueryString("state=failed&sort=-actual&text=foo&page=3"))
        let search = AtomSearch(
            build: 1,
            status: .failed,
            text: "foo",
            order: .actual,
            descending: true,
            page: StorePage(offset: 200, limit: 100)
        )
        #expect(filter.search(build: 1) == search)
        let odd = AtomsFilter(QueryString("state=nonsense&sort=-nonsense"))
        #expect(odd.search(build: 1).status == nil)
        #expect(odd.search(build: 1).order == .status, "failed atoms come first")
    }

    @Test func `The builds are filtered as the query says`() {
        let search = BuildsFilter(QueryString("state=failed&job=j&project=p&text=t")).search
        #expect(search.states == [.finished] && search.result == .failure)
        #expect(search.job == "j" && search.project == "p" && search.text == "t")
        #expect(BuildsFilter(QueryString("state=nonsense")).search.states == nil)
        #expect(BuildsFilter(QueryString("state=active")).search.states == [.queued, .preparing, .prepared, .building])
    }

    @Test(arguments: [
        ("/dashboard/builds/3?x=1", "/dashboard/builds/3?x=1"), ("/", "/"), ("//evil.example", "/dashboard/builds"),
        ("https://evil.example/dashboard", "/dashboard/builds"), ("/\\evil.example", "/dashboard/builds"),
        ("/dashboard\r\nSet-Cookie: a=b", "/dashboard/builds"), ("", "/dashboard/builds"),
        ("/v1/build", "/dashboard/builds"),
    ])
    func `A login leads to nowhere but the dashboard`(next: String, path: String) {
        #expect(LoginPage.localPath(next) == path)
    }

    @Test func `Only what runs nothing is shown, the rest is downloaded`() {
        #expect(FileKind("a.txt") == .text)
        #expect(FileKind("report.XML") == .text)
        #expect(FileKind("clusterrunner_console_output") == .text)
        #expect(FileKind("a.png") == .image("image/png"))
        for name in ["a.html", "a.svg", "a.xhtml", "a.pdf", "a.js", "txt", ".txt.html", "a"] {
            #expect(FileKind(name) == .other)
        }
    }
}

struct AssetTests {
    @Test func `The files of pages are there, and their path changes with them`() {
        let shelf = AssetShelf.current
        for name in ["style.css", "icon.svg", "main.js"] { #expect(shelf.file(name) != nil) }
        #expect(shelf.file("../Package.swift") == nil)
        let one = AssetShelf(["a": Asset(contentType: "", bytes: [1])])
        let other = AssetShelf(["a": Asset(contentType: "", bytes: [2])])
        #expect(one.tag != other.tag)
    }

    @Test func `A script imports no file that is not there`() throws {
        for name in ["main.js", "live.js", "actions.js", "signing.js"] {
            let script = String(decoding: try #require(AssetShelf.current.file(name)).bytes, as: UTF8.self)
            for match in script.matches(of: /from "\.\/([^"]+)"/) {
                #expect(AssetShelf.current.file(String(match.output.1)) != nil)
            }
        }
    }
}
