import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerDashboard

/// What the page of a job says about its builds.
struct JobChangesTests {
    /// Makes ended builds, newest first, from their durations and numbers of failed and of flaky atoms.
    private func builds(_ numbers: [(seconds: Double, failed: Int, flaky: Int)]) -> [BuildRecord] {
        numbers.enumerated().map { index, numbers in
            var build = BuildRecord(
                id: BuildID(100 - index),
                projectType: "directory",
                parameters: ProjectParameters([:]),
                state: .finished,
                result: numbers.failed == 0 ? .noFailures : .failure,
                timestamps: [.preparing: 1000, .finished: 1000 + numbers.seconds]
            )
            build.progress = BuildProgress(
                subjobs: 9,
                atoms: 9,
                completedAtoms: 9,
                failedAtoms: numbers.failed,
                flakyAtoms: numbers.flaky
            )
            return build
        }
    }

    private func history(_ durations: [Double], _ changes: [AtomChange] = []) -> JobHistory {
        let builds = builds(durations.map { ($0, 0, 0) })
        return JobHistory(builds: builds, countedBuilds: builds.count, slowest: [], flakiest: [], changes: changes)
    }

    @Test(arguments: [
        (
            [70.0, 66, 64, 50, 50, 51, 49, 50],
            "slower by 16.0 s (32 %): the last 3 took 1 min 6 s, the 5 before 50.0 s"
        ),
        ([20.0, 22, 24, 50, 50, 51, 49, 50], "faster by 28.0 s (56 %): the last 3 took 22.0 s, the 5 before 50.0 s"),
    ])
    func `Builds got slower or faster by how much is told in a sentence`(durations: [Double], text: String) {
        #expect(JobChanges(history(durations)).duration == "Builds got \(text), as medians.")
    }

    @Test(arguments: [
        [70.0, 66, 52, 50, 50, 51, 49, 50], [70.0, 66, 64, 50, 50, 51, 49], [7.0, 7, 7, 5, 5, 5, 5, 5],
        [70.0, 20, 70, 50, 50, 51, 49, 50], [], [70.0], [0.0, 0, 0, 0, 0, 0, 0, 0],
    ])
    func `One slow build, few builds and small differences are no news`(durations: [Double]) {
        let changes = JobChanges(history(durations))
        #expect(changes.duration == nil && changes.isEmpty)
        #expect((changes.tooFew != nil) == (durations.count < 8))
    }

    @Test func `Of the builds before only the last twenty count`() {
        let long = Array(repeating: 60.0, count: 3) + Array(repeating: 40.0, count: 20)
        #expect(JobChanges.change(of: long + Array(repeating: 1000, count: 30))?.contains("slower by 20.0 s") == true)
    }

    @Test func `Changed atoms are named with the build of the change, and hostile names are no markup`() throws {
        let atom = Atom(variable: "T", value: "<script>alert(1)</script>")
        let kinds: [AtomChange.Kind] = [
            .failing(since: 97, builds: 4), .flaky(since: 98, builds: 2), .slower(before: 2, now: 5.5),
        ]
        let changes = kinds.map { AtomChange(atom: atom, kind: $0, build: 100, subjob: 3, id: 1) }
        let name = JobName(project: "<b>", job: "<i>")
        let page = HistoryPage(name, history([1, 1, 1], changes), now: 2000)
        let html = try Dashboard().html(page, now: 2000)
        #expect(html.contains("failed in 4 builds in a row, since <a href=\"/dashboard/builds/97\">build 97</a>"))
        #expect(html.contains("passed only on a later run in 2 of the last 5 builds, since"))
        #expect(html.contains("takes 5.50 s, 3.50 s more than before"))
        #expect(!html.contains("<script>alert") && !html.contains("<i>"))
        #expect(html.contains("each of the last 3 is at least 20 % and 5 s off"))
    }

    @Test func `Failures and flakes have charts of their own, unless there are none`() {
        let some = HistoryChart.all(builds([(10, 2, 0), (20, 0, 0), (5, 4, 0)]))
        #expect(some.map(\.title) == ["Durations", "Failed atoms"])
        #expect(some[1].bars.map(\.height) == [100, 1, 50], "oldest first")
        #expect(some[1].bars.map(\.style) == ["failed", "none", "failed"])
        #expect(some[1].description == "Failed atoms of the last 3 builds, oldest first, up to 4")
        #expect(HistoryChart.all(builds([(10, 0, 1)])).map(\.title) == ["Durations", "Flaky atoms"])
        #expect(HistoryChart.all([]).map(\.bars.count) == [0])
        #expect(HistoryChart.all(builds([(1000, 100_000, 0), (1, 1, 0)]))[1].bars[0].height == 4, "one stays visible")
    }
}
