import ClusterRunnerDomain

/// A number of each build of a job as bars, oldest first.
struct HistoryChart: Sendable {
    let id: String
    let title: String
    let width: Int
    let bars: [Bar]
    let description: String

    /// A bar, in units of the drawing; its base is at 100.
    struct Bar: Sendable {
        let x: Int
        let y: Int
        let height: Int
        let style: String
        let path: String
        let label: String
    }

    /// Makes the charts of builds, which come newest first: durations, failures and flakes.
    ///
    /// Charts of failures and flakes without any are left out.
    static func all(_ builds: [BuildRecord]) -> [Self] {
        let count = builds.count == 1 ? "the last build" : "the last \(builds.count) builds, oldest first"
        let durations = Self("durations", "Durations", builds, style: outcome) { build in
            (build.duration ?? 0, TimeText.duration(build.duration ?? 0))
        }
        let failures = Self("failures", "Failed atoms", builds, style: { _ in "failed" }) { build in
            (Double(build.progress.failedAtoms), "\(grouped(build.progress.failedAtoms)) failed")
        }
        let flakes = Self("flakes", "Flaky atoms", builds, style: { _ in "flaky" }) { build in
            (Double(build.progress.flakyAtoms), "\(grouped(build.progress.flakyAtoms)) flaky")
        }
        let longest = TimeText.duration(builds.compactMap(\.duration).max() ?? 0)
        let most = (builds.map(\.progress.failedAtoms).max() ?? 0, builds.map(\.progress.flakyAtoms).max() ?? 0)
        return [
            durations.described("\(durations.title) of \(count), up to \(longest)"),
            failures.described("\(failures.title) of \(count), up to \(grouped(most.0))"),
            flakes.described("\(flakes.title) of \(count), up to \(grouped(most.1))"),
        ].enumerated().filter { $0.offset == 0 || ($0.offset == 1 ? most.0 : most.1) > 0 }.map(\.element)
    }

    private init(
        _ id: String,
        _ title: String,
        _ builds: [BuildRecord],
        style: (BuildRecord) -> String,
        value: (BuildRecord) -> (number: Double, text: String)
    ) {
        self.id = id
        self.title = title
        description = ""
        // Few builds must not get broad bars.
        width = max(40, builds.count) * 12
        let largest = builds.map { value($0).number }.max() ?? 0
        bars = builds.reversed().enumerated().map { index, build in
            let (number, text) = value(build)
            // A small number stays visible beside a large one, and a zero is a line.
            let height = largest == 0 || number == 0 ? 1 : max(4, Int((number / largest * 100).rounded()))
            return Bar(
                x: index * 12 + 1,
                y: 100 - height,
                height: height,
                style: number == 0 ? "none" : style(build),
                path: DashboardPath.build(build.id),
                label: "Build \(build.id): \(Badge(build).label), \(text)"
            )
        }
    }

    private init(_ chart: Self, description: String) {
        (id, title, width, bars) = (chart.id, chart.title, chart.width, chart.bars)
        self.description = description
    }

    private func described(_ text: String) -> Self { Self(self, description: text) }

    private static func outcome(_ build: BuildRecord) -> String {
        let style = Badge(build).style
        return build.progress.flakyAtoms > 0 && style == "passed" ? "flaky" : style
    }
}
