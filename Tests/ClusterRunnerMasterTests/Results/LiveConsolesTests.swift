import ClusterRunnerAPI
import ClusterRunnerCore
import ClusterRunnerTesting
import Foundation
import Testing

@testable import ClusterRunnerMaster

@Suite struct LiveConsolesTests {
    private let claim = AtomClaim(lease: 4, subjob: 0, atom: 2)

    private func report(_ bytes: String, at offset: Int) -> ConsoleReport {
        ConsoleReport(build: 1, claim: claim, offset: offset, bytes: Data(bytes.utf8))
    }

    @Test func `Only what follows is appended`() async throws {
        try await withScratchDirectory { (directory) async throws in
            let consoles = LiveConsoles(folders: MasterFolders(base: directory))
            #expect(try consoles.append(report("abc", at: 0)) == 3)
            #expect(try consoles.append(report("abc", at: 0)) == 3)
            #expect(try consoles.append(report("e", at: 4)) == 3)
            #expect(try consoles.append(report("d", at: 3)) == 4)
            #expect(try String(contentsOfFile: consoles.path(build: 1, lease: 4, atom: 2), encoding: .utf8) == "abcd")
        }
    }

    @Test func `Each hand-out has an output of its own, and all go with the build`() async throws {
        try await withScratchDirectory { (directory) async throws in
            let consoles = LiveConsoles(folders: MasterFolders(base: directory))
            #expect(try consoles.append(report("abc", at: 0)) == 3)
            let next = AtomClaim(lease: 5, subjob: 0, atom: 2)
            #expect(try consoles.append(ConsoleReport(build: 1, claim: next, offset: 0, bytes: Data("x".utf8))) == 1)
            consoles.remove(build: 1, claim)
            #expect(!FileManager.default.fileExists(atPath: consoles.path(build: 1, lease: 4, atom: 2)))
            #expect(FileManager.default.fileExists(atPath: consoles.path(build: 1, lease: 5, atom: 2)))
            consoles.removeAll(of: 1)
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(directory)/live").isEmpty)
        }
    }
}
