import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerWire
import Testing

/// The cost of an atom in bytes on the wire, in addition to its output: counts, never times.
@Suite struct MessageSizeTests {
    @Test func `A report of a silent atom takes less than 200 bytes`() throws {
        let reports = (0..<100).map { number in
            let result = AtomResult(exitCode: 0, seconds: 0.0123456789)
            return AtomReport(
                lease: LeaseID(100_000 + number),
                subjob: SubjobID(50_000 + number),
                atom: 0,
                executor: 7,
                age: 1234.567,
                result: result
            )
        }
        let body = try JSONCoding.encode(ResultsReport(build: 1234, upload: nil, reports: reports))
        #expect(body.count <= 100 * 200)
    }

    @Test func `A lease of one atom takes less than 130 bytes beside the atom's value`() throws {
        let grants = (0..<100).map { number in
            let atom = GrantedAtom(id: 0, atom: Atom(variable: "NUMBER", value: "1"))
            return LeaseGrant(
                lease: LeaseID(100_000 + number),
                build: 1234,
                subjob: SubjobID(50_000 + number),
                atoms: [atom]
            )
        }
        #expect(try JSONCoding.encode(grants).count <= 100 * 130)
    }
}
