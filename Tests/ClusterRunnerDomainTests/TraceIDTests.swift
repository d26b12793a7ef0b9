import ClusterRunnerDomain
import ClusterRunnerPlugin
import Testing

@Suite struct TraceIDTests {
    private func trace(_ build: BuildID, queuedAt time: Double?) -> TraceID {
        var record = BuildRecord(id: build, projectType: "git", parameters: ProjectParameters([:]))
        record.timestamps[.queued] = time
        return TraceID(of: record)
    }

    @Test func `A trace has 32 hexadecimal digits that are the same each time`() {
        let hex = trace(7, queuedAt: 1_796_075_700.25).hex
        #expect(hex == trace(7, queuedAt: 1_796_075_700.25).hex)
        #expect(hex.count == 32 && hex.allSatisfy { "0123456789abcdef".contains($0) })
    }

    @Test func `Builds of different numbers and times have different traces`() {
        let traces = (1...200).flatMap { id in [nil, 1, 2, 2.000001].map { trace(BuildID(id), queuedAt: $0) } }
        #expect(Set(traces.map(\.hex)).count == traces.count)
    }

    @Test func `Spans differ by what they stand for, and by their trace`() {
        let (one, other) = (trace(1, queuedAt: 1), trace(2, queuedAt: 1))
        var spans: Set<String> = [SpanID.build(one).hex, SpanID.build(other).hex]
        for state in [BuildState.queued, .preparing, .prepared, .building] {
            spans.insert(SpanID.state(state, one).hex)
        }
        for number in 0..<20 {
            spans.insert(SpanID.subjob(SubjobID(number), one).hex)
            spans.insert(SpanID.setup(SlaveID(number), one).hex)
            for run in 1...3 {
                spans.insert(SpanID.run(run, ofAtom: AtomIndex(number), in: 1, one).hex)
                spans.insert(SpanID.run(run, ofAtom: 1, in: SubjobID(number + 2), one).hex)
            }
        }
        for slave in [nil, SlaveID(1)] {
            for kind in ["setup", "fetch"] {
                spans.insert(SpanID.command(kind, slave: slave, startedAt: 5, one).hex)
            }
        }
        #expect(spans.count == 2 + 4 + 20 * 8 + 4)
        #expect(spans.allSatisfy { $0.count == 16 })
    }

    @Test func `The header has version, trace, span and the flag of a sampled trace`() {
        let trace = trace(1, queuedAt: 1)
        let span = SpanID.run(1, ofAtom: 0, in: 0, trace)
        #expect(span.traceparent(trace) == "00-\(trace.hex)-\(span.hex)-01")
    }
}
