import ClusterRunnerDomain
import ClusterRunnerJobFile
import Testing

@testable import ClusterRunnerCommands

@Suite struct BuildForecastTests {
    private func atoms(_ count: Int) -> [Atom] { (1...count).map { Atom(variable: "N", value: "\($0)") } }

    private func history(_ seconds: [Double]) -> [Atom: [Double]] {
        Dictionary(uniqueKeysWithValues: zip(atoms(seconds.count), seconds.map { [$0] }))
    }

    @Test func `Without a history only the atoms are counted`() {
        let forecast = BuildForecast(atoms: atoms(3), history: [:], executors: 2)
        #expect(forecast.lines == ["3 atoms", "expected time with 2 executors: unknown, none of them has a history"])
    }

    @Test func `New atoms count as the others on average`() {
        let forecast = BuildForecast(atoms: atoms(4), history: history([10, 20, 30]), executors: 1)
        #expect(
            forecast.lines == [
                "4 atoms, 1 of them new", "expected time with 1 executor: about 1:20 (1:20 of work)",
                "longest atom: 30.00 s, 3", "limited by the number of executors: up to 3 would help",
            ]
        )
    }

    @Test func `A long atom limits a build that has executors enough`() {
        let forecast = BuildForecast(atoms: atoms(3), history: history([60, 20, 10]), executors: 4)
        #expect(
            forecast.lines.suffix(3) == [
                "expected time with 4 executors: about 1:00 (1:30 of work)", "longest atom: 60.00 s, 1",
                "limited by the longest atom: more than 2 executors cannot help",
            ]
        )
    }

    @Test func `The longest start first`() {
        let forecast = BuildForecast(atoms: atoms(5), history: history([3, 3, 2, 2, 2]), executors: 2)
        // 3 and 2, 2 against 3 and 2: the fifth comes on top of 5.
        #expect(forecast.expectation?.makespan == 7)
    }

    @Test func `A sharp fall of the number of atoms is a warning`() {
        let earlier = EarlierBuild(id: 7, atoms: 100)
        #expect(earlier.warning(of: 75) == nil)
        #expect(
            earlier.warning(of: 74)
                == "WARNING: build 7 had 100 atoms, and now there are 74. Does the atomizer find everything?"
        )
    }
}
