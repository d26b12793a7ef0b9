import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerDashboard

/// What the head and the overview of a build say.
struct BuildPageTests {
    private static let hostile = "<script>alert(1)</script>"
    private let dashboard: Dashboard

    init() throws { dashboard = try Dashboard() }

    private func build(_ state: BuildState = .building, flaky: Int = 0) -> BuildRecord {
        var build = BuildRecord(
            id: 7,
            projectType: "git",
            parameters: ProjectParameters(["url": "https://h/r", "branch": .string("feature/\(Self.hostile)")]),
            requester: "ada@\(Self.hostile)",
            jobName: "Unit",
            slaveParameters: ProjectParameters(["hash": "0123456789abcdef0123456789abcdef01234567"]),
            state: state,
            timestamps: [.queued: 1_700_000_000]
        )
        build.progress = BuildProgress(subjobs: 9, atoms: 9, completedAtoms: 3, flakyAtoms: flaky)
        return build
    }

    private func html(
        _ build: BuildRecord,
        _ live: BuildLive? = nil,
        troubles: [SlaveFailure] = [],
        failures: [BuildPage.Failure] = [],
        slaves: SlaveNames = SlaveNames()
    ) -> String {
        let page = BuildPage(
            build,
            live: live,
            failures: failures,
            flaky: [],
            troubles: troubles,
            requestParameters: [:],
            slaves: slaves,
            now: 1_700_000_300
        )
        let html = dashboard.html(page, now: 1_700_000_300)
        #expect(!html.contains("<script>alert"))
        return html
    }

    private func atom(_ seconds: Double, expected: Double?, name: String? = "build-07") -> AtomInProgress {
        AtomInProgress(
            subjob: 3,
            id: 1,
            atom: Atom(variable: "T", value: ByteString([UInt8(ascii: "a"), 0xE9])),
            slave: 4,
            slaveName: name,
            seconds: seconds,
            expected: expected
        )
    }

    private func slave(_ id: SlaveID, _ name: String?, phase: SlavePhase = .idle) -> SlaveStatus {
        SlaveStatus(
            id: id,
            url: "host\(id):1",
            sessionID: "s",
            executors: 1,
            executorsInUse: 0,
            phase: phase,
            isConnected: true,
            isShuttingDown: false,
            isDismissed: false,
            quarantine: nil,
            name: name
        )
    }

    @Test func `A running build shows its running atoms by name, with slave, elapsed and expected time`() {
        let live = BuildLive(
            waitingFor: "room; 6 atoms left: a",
            hindrance: "room",
            outlook: BuildOutlook(running: 12, secondsLeft: nil),
            running: [atom(38, expected: 12), atom(3, expected: nil, name: nil)]
        )
        let html = html(build(), live)
        #expect(html.contains(#"<a href="/dashboard/builds/7/subjobs/3/atoms/1">a\xe9</a>"#))
        #expect(html.contains(">38 s late<") && html.contains(">12.0 s<") && html.contains(">build-07<"))
        #expect(html.contains(">slave 4<"))
        #expect(html.contains("10 more running atoms"))
        #expect(html.contains("Waits for room.</p>"), "what runs is in the table")
        let header = BuildHeader(build(), live: live, part: .atoms, now: 1)
        #expect(header.waitingFor == "room; 6 atoms left: a")
        #expect(!self.html(build(.finished)).contains("Runs now"))
    }

    @Test(arguments: [
        (38.0, 12.0 as Double?, true, 1000 as Int?), (6, 12, false, 500), (13, 12, false, 1000), (7, 1, true, 1000),
        (6, 1, false, 1000), (9, nil, false, nil), (5, 0, false, 1000), (0, 5, false, 0),
    ])
    func `An atom is late when it takes half as long again as expected, and five seconds more`(
        seconds: Double,
        expected: Double?,
        isLate: Bool,
        width: Int?
    ) {
        let line = RunningLine(atom(seconds, expected: expected), of: 7)
        #expect(line.isLate == isLate && line.width == width)
    }

    @Test func `Branch, commit and requester are told at the head and in the list`() {
        let query = BuildsFilter(QueryString())
        let list = BuildsPage(FoundBuilds(builds: [build()], total: 1), live: [:], filter: query, now: 1)
        for html in [html(build()), dashboard.html(list, now: 1)] {
            #expect(html.contains("feature/&lt;script&gt;"))
            #expect(html.contains(#"<code title="0123456789abcdef0123456789abcdef01234567">01234567</code>"#))
            #expect(html.contains("by ada@&lt;script&gt;"))
        }
        let plain = BuildSource(BuildRecord(id: 1, projectType: "t", parameters: ProjectParameters(["branch": ""])))
        #expect(!plain.hasRevision && plain.requester == nil)
    }

    @Test func `A build with flaky atoms says so at its head, whatever its result`() {
        let link = #"<a class="badge large flaky" href="/dashboard/builds/7/atoms?state=flaky">Flaky</a>"#
        #expect(html(build(.finished, flaky: 1)).contains(link))
        #expect(html(build(.building, flaky: 1)).contains(link))
        #expect(!html(build(.finished)).contains(link))
    }

    @Test func `The output of a failed atom has its colours, and no markup of its own`() {
        let record = AtomRecord(
            buildID: 7,
            subjobID: 3,
            id: 1,
            atom: Atom(variable: "A", value: Self.hostile),
            state: .completed,
            result: AtomResult(exitCode: 1, seconds: 1.5),
            attempts: 1,
            slaveID: 4,
            executor: 1
        )
        let tail = "\u{1B}[31mFAIL\u{1B}[0m \(Self.hostile)\n"
        let names = SlaveNames([slave(4, "build-04")])
        let failure = BuildPage.Failure(record, tail: tail, isCut: false, slaves: names, now: 1)
        let html = html(build(.finished), failures: [failure])
        #expect(html.contains(#"<span class="t-f1">FAIL</span> &lt;script&gt;"#))
        #expect(html.contains(">build-04 / 1<"))
    }

    @Test func `A set-up that failed on a slave is told with the slave's name and its last lines`() {
        let lines = (1...20).map { "\u{1B}[32mline \($0)\u{1B}[0m" }.joined(separator: "\n")
        let reason = "setup_build failed with exit code 3. Command: make\nall\n\nOutput: \(lines)\n\(Self.hostile)"
        let failures = [
            SlaveFailure(slave: 4, url: "host4:1", reason: "earlier"),
            SlaveFailure(slave: 4, url: "host4:1", reason: reason),
            SlaveFailure(slave: 5, url: "host5:1", reason: "No shell.", stage: .run),
        ]
        let html = html(build(), troubles: failures, slaves: SlaveNames([slave(4, "build-04")]))
        #expect(html.contains(#"<a href="/dashboard/slaves/4">build-04</a>"#) && html.contains(">host5:1</a>"))
        #expect(html.contains("Set-up failed</span> 2 times: setup_build failed with exit code 3.</p>"))
        #expect(html.contains("Could not run atoms</span> No shell.</p>"))
        #expect(html.contains(#"<span class="t-f2">line 14</span>"#) && !html.contains("line 13<"))
        #expect(html.contains("Whole output") && !html.contains("earlier"))
        let many = (1...9).map { SlaveFailure(slave: SlaveID($0), url: "h", reason: "r") }
        #expect(SlaveTrouble.list(many, SlaveNames()).others == 4)
    }

    @Test func `Slaves of one name are told apart by their number, if they are there`() {
        let names = SlaveNames([
            slave(1, "twin"), slave(2, "twin"), slave(3, "lone"), slave(4, "lone", phase: .lost), slave(5, nil),
        ])
        #expect(
            ([1, 2, 3, 4, 5, 6] as [SlaveID]).map { names.title($0, url: $0 == 6 ? "h:1" : nil) } == [
                "twin (1)", "twin (2)", "lone", "lone", "slave 5", "h:1",
            ]
        )
    }

    @Test func `Artifacts have the names of their atoms, in the list and on the way to it`() throws {
        #expect(ArtifactsPage.owner(of: "artifact_3_1").map { $0 == (3, 1) } == true)
        for odd in ["artifact_3", "artifact_3_1_2", "artifact_x_1", "junit.xml", "artifact_-1_0"] {
            #expect(ArtifactsPage.owner(of: ByteString(odd)) == nil)
        }
        let record = AtomRecord(
            buildID: 7,
            subjobID: 3,
            id: 1,
            atom: Atom(variable: "A", value: Self.hostile),
            result: AtomResult(exitCode: 1, seconds: 1)
        )
        let entry = ArtifactsPage.Entry(name: "artifact_3_1", kind: .folder, changedAt: 1)
        for folder in [[], [entry.name]] {
            let page = ArtifactsPage(
                build(.finished),
                live: nil,
                folder: folder,
                entries: [entry],
                total: 1,
                page: PageChoice(QueryString(), size: 9),
                atoms: [entry.name: record],
                now: 1
            )
            let html = dashboard.html(page, now: 1)
            #expect(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && !html.contains("<script>alert"))
            #expect(html.contains("Failed</span>") == folder.isEmpty)
        }
    }
}
