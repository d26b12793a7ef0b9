import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerScheduling
import Testing

@testable import ClusterRunnerMaster

@Suite struct ClusterTallyTests {
    private func moment(_ seconds: Double) -> Moment { Moment(wall: 1_000 + seconds, uptime: .seconds(seconds)) }

    @Test func `An empty cluster counts nothing`() {
        let cluster = Cluster(lastBuild: 0, lastSlave: 0, lastLease: 0)
        let tally = ClusterTally(of: cluster, at: moment(0))
        #expect(tally.unfinishedBuilds == 0 && tally.builds == [:] && tally.longest == [:])
        #expect(tally.slaves == [:] && tally.executors == 0 && tally.executorsInUse == 0)
    }

    @Test func `Builds count by state, with the longest time in it, and slaves by activity`() {
        var cluster = Cluster(lastBuild: 0, lastSlave: 0, lastLease: 0)
        var decisions = ClusterDecisions()
        for (second, url) in ["a:1", "b:1", "c:1"].enumerated() {
            let now = moment(Double(second))
            let parameters = ProjectParameters([:])
            _ = cluster.request(type: "directory", parameters: parameters, at: now, &decisions)
            _ = cluster.register(url: url, sessionID: url, executors: second + 1, at: now, &decisions)
        }
        _ = cluster.preparationStarts(build: 1, at: moment(4), &decisions)
        cluster.drain(slave: 1, at: moment(4), &decisions)
        cluster.left(slave: 2, at: moment(4), &decisions)
        let tally = ClusterTally(of: cluster, at: moment(10))
        #expect(tally.builds == [.queued: 2, .preparing: 1] && tally.unfinishedBuilds == 3)
        #expect(tally.longest == [.queued: 9, .preparing: 6])
        #expect(tally.slaves == ["idle": 2] && tally.draining == 1 && tally.quarantined == 0)
        #expect(tally.executors == 4 && tally.executorsInUse == 0)
    }

    @Test func `A clock that was set back makes no negative times`() {
        var cluster = Cluster(lastBuild: 0, lastSlave: 0, lastLease: 0)
        var decisions = ClusterDecisions()
        _ = cluster.request(type: "directory", parameters: ProjectParameters([:]), at: moment(100), &decisions)
        #expect(ClusterTally(of: cluster, at: moment(10)).longest == [.queued: 0])
    }
}
