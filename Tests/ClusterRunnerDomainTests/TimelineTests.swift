import ClusterRunnerDomain
import ClusterRunnerPlugin
import Testing

struct TimelineTests {
    private func span(
        _ id: Int,
        executor: Int = 0,
        from start: Double,
        to end: Double?,
        _ status: AtomStatus = .passed
    ) -> TimelineSpan {
        TimelineSpan(
            slave: 1,
            executor: executor,
            start: start,
            end: end,
            content: .atom(subjob: SubjobID(id), id: 0, name: "\(id)", status: status)
        )
    }

    private func merged(_ spans: [TimelineSpan], threshold: Double = 1, resolution: Double = 0.5) -> [TimelineSpan] {
        var merger = TimelineMerger(threshold: threshold, resolution: resolution)
        for span in spans { merger.add(span) }
        return merger.spans
    }

    @Test func `Short atoms that follow each other are drawn together, with their failures counted`() {
        let spans = merged([span(0, from: 0, to: 1), span(1, from: 1.25, to: 2, .failed), span(2, from: 2, to: 2.5)])
        #expect(spans.map(\.content) == [.atoms(count: 3, failed: 1)])
        #expect(spans.map(\.start) == [0])
        #expect(spans.map(\.end) == [2.5])
    }

    @Test func `Long atoms, running ones and pauses stay as they are`() {
        let long = span(1, from: 1, to: 3)
        let running = span(4, from: 9, to: nil, .running)
        let spans = merged([
            span(0, from: 0, to: 1), long, span(2, from: 3, to: 4), span(3, from: 5, to: 5.5), running,
        ])
        let single = TimelineSpan.Content.atoms(count: 1, failed: 0)
        #expect(spans.map(\.content) == [single, long.content, single, single, running.content])
        #expect(spans.last?.end == nil)
    }

    @Test func `Atoms of different executors are never drawn together`() {
        let spans = merged([span(0, from: 0, to: 1), span(1, executor: 1, from: 1, to: 2)])
        #expect(spans.map(\.executor) == [0, 1])
    }

    @Test func `A set-up occupies all executors of its slave, and those that did nothing are there`() throws {
        var build = BuildRecord(id: 3, projectType: "git", parameters: ProjectParameters([:]), state: .finished)
        build.timestamps[.finished] = 20
        let setup = CommandRecord(
            run: CommandRun(kind: .setup, command: "make", exitCode: 0, output: "", seconds: 2),
            slaveID: 1,
            slaveURL: "host:1",
            startedAt: 5
        )
        let atoms = [span(0, executor: 1, from: 7, to: 8)]
        let timeline = BuildTimeline(build, atoms: atoms, commands: [setup], slaves: [])
        #expect(timeline.start == 5)
        #expect(timeline.end == 20)
        #expect(timeline.executors.map(\.index) == [0, 1])
        #expect(timeline.executors.map(\.url) == ["host:1", "host:1"])
        #expect(
            timeline.executors.map { $0.spans.map(\.content) } == [
                [.setup(succeeded: true)], [.setup(succeeded: true), atoms[0].content],
            ]
        )
    }
}
