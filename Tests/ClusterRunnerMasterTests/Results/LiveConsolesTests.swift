import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerTesting
import ClusterRunnerWire
import Foundation
import Testing

@testable import ClusterRunnerMaster

@Suite struct LiveConsolesTests {
    private func claim(_ lease: LeaseID) -> LeasedAtom { LeasedAtom(lease: lease, subjob: 3, atom: 2) }

    private func report(_ bytes: String, at offset: Int, lease: LeaseID = 4) -> ConsoleReport {
        ConsoleReport(build: 1, claim: claim(lease), offset: offset, bytes: Data(bytes.utf8))
    }

    /// Returns the newest output of the atom.
    private func shown(_ consoles: LiveConsoles) throws -> String? {
        try consoles.newest(build: 1, subjob: 3, atom: 2).map { try String(contentsOfFile: $0, encoding: .utf8) }
    }

    @Test func `Only what follows is appended`() async throws {
        try await withScratchDirectory { (directory) async throws in
            let consoles = LiveConsoles(folders: MasterFolders(base: directory))
            #expect(try consoles.append(report("x", at: 5)) == 0)
            #expect(try consoles.append(report("abc", at: 0)) == 3)
            #expect(try consoles.append(report("abc", at: 0)) == 3)
            #expect(try consoles.append(report("e", at: 4)) == 3)
            #expect(try consoles.append(report("d", at: 3)) == 4)
            #expect(try shown(consoles) == "abcd")
        }
    }

    @Test func `The output of a lost lease stays until the next one has some`() async throws {
        try await withScratchDirectory { (directory) async throws in
            let consoles = LiveConsoles(folders: MasterFolders(base: directory))
            _ = try consoles.append(report("of the lost", at: 0))
            #expect(try shown(consoles) == "of the lost")
            #expect(try consoles.append(report("new", at: 0, lease: 5)) == 3)
            #expect(try shown(consoles) == "new")
            #expect(!FileManager.default.fileExists(atPath: consoles.path(build: 1, claim(4))))
            // A slave that was not lost after all need not send it again and again.
            #expect(try consoles.append(report("!", at: 11)) == 12)
            #expect(try shown(consoles) == "new")
        }
    }

    @Test func `A result takes the place of its own output and of what was before, not of a newer one`() async throws {
        try await withScratchDirectory { (directory) async throws in
            let consoles = LiveConsoles(folders: MasterFolders(base: directory))
            _ = try consoles.append(report("newer", at: 0, lease: 6))
            consoles.remove(build: 1, claim(5))
            #expect(try shown(consoles) == "newer")
            consoles.remove(build: 1, claim(7))
            #expect(try shown(consoles) == nil)
            consoles.remove(build: 1, claim(8))
        }
    }

    @Test func `What is left at the end of a build is kept with its results`() async throws {
        try await withScratchDirectory { (directory) async throws in
            let folders = MasterFolders(base: directory)
            let consoles = LiveConsoles(folders: folders)
            _ = try consoles.append(report("rest", at: 0))
            consoles.finish(build: 1)
            #expect(try shown(consoles) == nil)
            #expect(!FileManager.default.fileExists(atPath: folders.live(of: 1)))
            let atom = Atom(variable: "A", value: "1")
            var record = AtomRecord(buildID: 1, subjobID: 3, id: 2, atom: atom, state: .canceled)
            let kept = "\(folders.consoles(of: 1))/3_2"
            let expected = ConsoleOutput.file(path: kept, index: "\(kept).index", isWhole: true)
            #expect(folders.output(of: record) == expected)
            record.result = AtomResult(exitCode: 1, seconds: 0, cause: "3 slaves were lost")
            #expect(folders.output(of: record) == expected)
            record.result = AtomResult(exitCode: 1, seconds: 0)
            #expect(folders.output(of: record) == .bytes([]))
            consoles.finish(build: 9)
        }
    }
}
