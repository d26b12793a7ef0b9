import ClusterRunnerDomain
import ClusterRunnerScheduling
import Testing

struct SlaveHeartbeatTests {
    @Test(arguments: [1, 10, 1000]) func `The first heartbeats of slaves are spread over the interval`(slaves: Int) {
        let pauses = (1...slaves).map { SlaveHeartbeat.firstPause(of: SlaveID($0), interval: .seconds(3)) }
        #expect(pauses.allSatisfy { $0 > .zero && $0 <= .seconds(3) })
        let tenths = Dictionary(grouping: pauses) { Int($0 / .milliseconds(300)) }
        let most = tenths.values.map(\.count).max() ?? 0
        #expect(most <= max(1, slaves / 10 + 3), "\(tenths.mapValues(\.count))")
    }

    @Test func `A slave of any number has a first heartbeat`() {
        for slave in [0, 1, SlaveID(Int.max)] {
            let pause = SlaveHeartbeat.firstPause(of: slave, interval: .seconds(3))
            #expect(pause > .zero && pause <= .seconds(3))
        }
    }
}
