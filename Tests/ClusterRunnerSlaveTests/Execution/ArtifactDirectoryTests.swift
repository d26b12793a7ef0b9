import ClusterRunnerCore
import ClusterRunnerFiles
import ClusterRunnerTesting
import Foundation
import Testing

@testable import ClusterRunnerSlave

struct ArtifactDirectoryTests {
    private func directory(_ name: String, lease: Int = 1, in base: String) -> ArtifactDirectory {
        ArtifactDirectory(
            executor: "\(base)/executor-0",
            name: name,
            keptIn: "\(base)/artifacts-\(lease)",
            trash: Trash(directory: "\(base)/trash")
        )
    }

    private func inode(_ path: String) throws -> Int {
        try #require(FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int)
    }

    @Test func `Atoms that leave nothing share one directory`() async throws {
        try await withScratchDirectory { base in
            let first = directory("artifact_0_0", in: base)
            try first.prepare()
            let number = try inode(first.path)
            #expect(try !first.keepIfUsed())
            #expect(!FileManager.default.fileExists(atPath: first.path))
            let second = directory("artifact_1_0", in: base)
            try second.prepare()
            #expect(try inode(second.path) == number)
        }
    }

    @Test func `What an atom leaves is kept apart, and the next one finds nothing`() async throws {
        try await withScratchDirectory { base in
            // The same atom twice, as when it is run again.
            for lease in 1...2 {
                let directory = directory("artifact_0_0", lease: lease, in: base)
                try directory.prepare()
                #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
                try Data("x".utf8).write(to: URL(filePath: "\(directory.path)/.hidden"))
                #expect(try directory.keepIfUsed())
            }
            for lease in 1...2 {
                let kept = directory("artifact_0_0", lease: lease, in: base).keptPath
                #expect(try FileManager.default.contentsOfDirectory(atPath: kept) == [".hidden"])
            }
        }
    }

    @Test func `An atom that changes the directory or removes it takes it away from nobody`() async throws {
        try await withScratchDirectory { base in
            let first = directory("artifact_0_0", in: base)
            try first.prepare()
            try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: first.path)
            #expect(try !first.keepIfUsed())
            let second = directory("artifact_1_0", in: base)
            try second.prepare()
            let permissions = try FileManager.default.attributesOfItem(atPath: second.path)[.posixPermissions] as? Int
            #expect(permissions == 0o700)
            rmdir(second.path)
            #expect(try !second.keepIfUsed())
            let third = directory("artifact_2_0", in: base)
            try third.prepare()
            #expect(try FileManager.default.contentsOfDirectory(atPath: third.path).isEmpty)
        }
    }

    @Test func `A file in its place is an error that says so`() async throws {
        try await withScratchDirectory { base in
            let directory = directory("artifact_0_0", in: base)
            try directory.prepare()
            rmdir(directory.path)
            try Data("x".utf8).write(to: URL(filePath: directory.path))
            #expect(throws: ClusterRunnerError.self) { try directory.keepIfUsed() }
        }
    }
}
