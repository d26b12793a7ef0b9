import ClusterRunnerScheduling
import Testing

@Suite struct RunTimesTests {
    private func times(_ runs: Double...) -> [Double?] {
        let times = RunTimes(runs)
        return [times?.median, times?.slow]
    }

    @Test func `One run says all there is`() {
        #expect(times(3) == [3, 3])
    }

    @Test func `No run at all, or none that is a time, says nothing`() {
        #expect(RunTimes([]) == nil)
        #expect(RunTimes([.nan, .infinity, -1]) == nil)
        #expect(times(.nan, 5, -1) == [5, 5])
    }

    @Test func `One bad day does not count as what an atom takes, but as what it may take`() {
        #expect(times(1, 60, 1, 1, 1) == [1, 60])
        #expect(times(60, 1, 1, 1, 1) == [1, 60])
        #expect(times(1, 1, 1, 1, 1, 1, 1, 1, 1, 60) == [1, 1], "a bad day long ago is forgiven")
    }

    @Test func `Recent runs count more than old ones`() {
        #expect(times(9, 9, 9, 9, 2, 2, 2, 2, 2, 2) == [9, 9], "four of ten, but the newest")
        #expect(times(2, 2, 2, 2, 9, 9, 9, 9, 9, 9)[0] == 2)
        #expect(times(9, 9, 2, 2, 2, 2, 2, 2, 2, 2)[0] == 2, "two are not enough yet")
    }
}
