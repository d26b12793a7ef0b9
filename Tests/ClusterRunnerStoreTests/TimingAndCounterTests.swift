import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerStore
import Testing

struct TimingAndCounterTests {
    private let a = Atom(variable: "T", value: "a\u{0}1")
    private let b = Atom(variable: "T", value: "a\u{0}2")

    private func runs(_ atom: Atom, _ seconds: Double..., project: String = "p", job: String = "j") -> StoreChange {
        .timings(projectID: project, jobName: job, seconds.map { AtomTiming(atom: atom, seconds: $0) })
    }

    @Test(arguments: StoreKind.allCases)
    func `Timings are listed newest first, at most as many as asked for`(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.write(runs(a, 1, 2), runs(b, 9))
            try await store.write(runs(a, 3.5))
            for (limit, runs) in [10: [3.5, 2, 1], 2: [3.5, 2]] {
                let timings = try await store.timings(of: [a, b], projectID: "p", jobName: "j", limit: limit)
                #expect(timings == [a: runs, b: [9]])
            }
            #expect(try await store.timings(of: [a, b], projectID: "p", jobName: "j", limit: 0) == [:])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `Only the atoms that are asked for are listed, and those that never passed are not`(
        kind: StoreKind
    ) async throws {
        try await kind.withStore { store in
            try await store.write(runs(a, 1), runs(b, 2))
            let new = Atom(variable: "T", value: "new")
            let timings = try await store.timings(of: [b, new, b], projectID: "p", jobName: "j", limit: 10)
            #expect(timings == [b: [2]])
            #expect(try await store.timings(of: [], projectID: "p", jobName: "j", limit: 10) == [:])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `The last ten runs of an atom are kept`(kind: StoreKind) async throws {
        try await kind.withStore { store in
            for second in 1...12 { try await store.write(runs(a, Double(second))) }
            let newest = (3...12).reversed().map(Double.init)
            #expect(try await store.timings(of: [a, b], projectID: "p", jobName: "j", limit: 100) == [a: newest])
            #expect(try await store.rows(of: "timings") == 1)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `Atoms that differ in one byte or in their normalization have times of their own`(kind: StoreKind) async throws
    {
        try await kind.withStore { store in
            let values: [[UInt8]] = [[0x63, 0xE9], [0x63, 0xEA], Array("\u{e9}".utf8), Array("e\u{301}".utf8)]
            let atoms = values.map { Atom(variable: "T", value: ByteString($0)) }
            for (index, atom) in atoms.enumerated() { try await store.write(runs(atom, Double(index))) }
            let timings = try await store.timings(of: atoms, projectID: "p", jobName: "j", limit: 10)
            #expect(timings.count == 4)
            for (index, atom) in atoms.enumerated() { #expect(timings[atom] == [Double(index)]) }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `Timings of different projects and jobs are apart`(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.write(runs(a, 1), runs(a, 2, job: "k"), runs(a, 3, project: "q"))
            #expect(try await store.timings(of: [a, b], projectID: "p", jobName: "j", limit: 1) == [a: [1]])
            #expect(try await store.timings(of: [a, b], projectID: "p", jobName: "k", limit: 1) == [a: [2]])
            #expect(try await store.timings(of: [a, b], projectID: "q", jobName: "j", limit: 1) == [a: [3]])
            #expect(try await store.timings(of: [a, b], projectID: "q", jobName: "k", limit: 1) == [:])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `A counter never goes back`(kind: StoreKind) async throws {
        try await kind.withStore { store in
            #expect(try await store.counter(.lease) == 0)
            try await store.write(.counter(.lease, atLeast: 5), .counter(.lease, atLeast: 3))
            #expect(try await store.counter(.lease) == 5)
            try await store.write(.counter(.lease, atLeast: 4), .counter(.slave, atLeast: 1))
            #expect(try await store.counter(.lease) == 5)
            #expect(try await store.counter(.slave) == 1)
            #expect(try await store.counter(.build) == 0)
        }
    }
}
