import ClusterRunnerDomain
import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerMaster

struct StoredRecordsTests {
    private let records = StoredRecords()

    private func record(_ state: BuildState) -> BuildRecord {
        BuildRecord(id: 1, projectType: "t", parameters: ProjectParameters([:]), state: state)
    }

    @Test func `What is stored is known`() {
        #expect(records[1] == nil)
        records.take([record(.queued)], of: 1)
        #expect(records[1]?.state == .queued)
        records.take([record(.preparing)], of: 2)
        #expect(records[1]?.state == .preparing)
        #expect(records[2] == nil)
    }

    @Test func `What an earlier decision says is passed over`() {
        records.take([record(.preparing)], of: 2)
        records.take([record(.queued)], of: 1)
        #expect(records[1]?.state == .preparing)
    }

    @Test(arguments: [BuildState.finished, .error, .canceled])
    func `A build that has ended is the store's affair`(state: BuildState) {
        records.take([record(.building)], of: 1)
        records.take([record(state)], of: 2)
        #expect(records[1] == nil)
    }

    @Test func `A build can be forgotten`() {
        records.take([record(.building)], of: 1)
        records.forget(build: 1, of: 1)
        #expect(records[1] == nil)
    }

    @Test func `What is late does not bring a build back that has ended`() {
        records.forget(build: 1, of: 3)
        records.pass([record(.preparing)], of: 2)
        #expect(records[1] == nil)
        records.pass([record(.canceled)], of: 3)
        #expect(records.remembered.isEmpty)
    }

    @Test func `Nothing is kept of a build that has ended, whichever way is faster`() {
        records.pass([record(.building)], of: 1)
        records.pass([record(.canceled)], of: 2)
        records.forget(build: 1, of: 2)
        #expect(records.remembered.isEmpty)
    }
}
