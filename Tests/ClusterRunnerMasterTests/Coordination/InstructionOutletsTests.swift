import ClusterRunnerDomain
import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerMaster

@Suite struct InstructionOutletsTests {
    private let outlets = InstructionOutlets()

    @Test func `Instructions reach the slave that they are for, in order`() async {
        let (stream, _) = outlets.open(slave: 1)
        let (other, _) = outlets.open(slave: 2)
        outlets.send(.tearDown(build: 1), to: 1)
        outlets.send(.cancel(build: 2), to: 2)
        outlets.send(.shutDown, to: 1)
        outlets.send(.shutDown, to: 3)
        outlets.closeAll()
        #expect(await stream.reduce(into: []) { $0.append($1) } == [.tearDown(build: 1), .shutDown])
        #expect(await other.reduce(into: []) { $0.append($1) } == [.cancel(build: 2)])
    }

    @Test func `A second stream ends the first, whose end then closes nothing`() async {
        let (old, oldNumber) = outlets.open(slave: 1)
        let (new, newNumber) = outlets.open(slave: 1)
        #expect(await old.reduce(0) { count, _ in count + 1 } == 0)
        #expect(!outlets.close(slave: 1, number: oldNumber))
        outlets.send(.shutDown, to: 1)
        #expect(outlets.close(slave: 1, number: newNumber))
        #expect(!outlets.close(slave: 1))
        #expect(await new.reduce(into: []) { $0.append($1) } == [.shutDown])
    }
}
