import ClusterRunnerConcurrency
import ClusterRunnerDomain
import Testing

@testable import ClusterRunnerSlave

@Suite struct RunningAtomsTests {
    @Test func `The record shows what each executor runs`() {
        let running = RunningAtoms()
        #expect(running.all.isEmpty)
        let claim = LeasedAtom(lease: 2, subjob: 3, atom: 4)
        running.begin(claim, executor: 1, at: .seconds(5))
        #expect(running.all.keys.sorted() == [1])
        #expect(running.all[1]?.claim == claim)
        #expect(running.all[1]?.begin == .seconds(5))
        running.end(executor: 1)
        #expect(running.all.isEmpty)
    }

    @Test func `A batch is stopped with the last of its atoms`() {
        let running = RunningAtoms()
        let first = LeasedAtom(lease: 1, subjob: 1, atom: 0)
        let killSwitch = running.begin(first, with: [1, 2], executor: 0, at: .zero)
        #expect(running.all[0]?.claims.map(\.atom) == [0, 1, 2])
        running.stop([LeaseAtoms(lease: 1, atoms: [0, 2])])
        #expect(killSwitch?.isCanceled == false, "Somebody waits for atom 1.")
        running.stop([LeaseAtoms(lease: 1, atoms: [1])])
        #expect(killSwitch?.isCanceled == true)
    }

    @Test func `An atom that is stopped ends, or does not begin`() {
        let running = RunningAtoms()
        let killSwitch = running.begin(LeasedAtom(lease: 1, subjob: 1, atom: 0), executor: 0, at: .zero)
        running.stop([LeaseAtoms(lease: 1, atoms: [0, 1])])
        #expect(killSwitch?.isCanceled == true)
        #expect(running.begin(LeasedAtom(lease: 1, subjob: 1, atom: 1), executor: 0, at: .zero) == nil)
        #expect(running.begin(LeasedAtom(lease: 1, subjob: 1, atom: 2), executor: 0, at: .zero)?.isCanceled == false)
        running.drop([1])
        // The lease may be granted again.
        #expect(running.begin(LeasedAtom(lease: 1, subjob: 1, atom: 1), executor: 0, at: .zero) != nil)
    }
}
