import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerTesting
import Foundation
import Testing

@testable import ClusterRunnerSlave

struct ArtifactDirectoryTests {
    private func directory(_ name: String, lease: LeaseID = 1, in base: String) -> ArtifactDirectory {
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
            #expect(!keep(first))
            #expect(!FileManager.default.fileExists(atPath: first.path))
            let second = directory("artifact_1_0", in: base)
            try second.prepare()
            #expect(try inode(second.path) == number)
        }
    }

    @Test func `What an atom leaves is kept apart, and the next one finds nothing`() async throws {
        try await withScratchDirectory { base in
            // The same atom twice, as when it is run again.
            for lease: LeaseID in [1, 2] {
                let directory = directory("artifact_0_0", lease: lease, in: base)
                try directory.prepare()
                #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
                try Data("x".utf8).write(to: URL(filePath: "\(directory.path)/.hidden"))
                #expect(keep(directory))
            }
            for lease: LeaseID in [1, 2] {
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
            #expect(!keep(first))
            let second = directory("artifact_1_0", in: base)
            try second.prepare()
            let permissions = try FileManager.default.attributesOfItem(atPath: second.path)[.posixPermissions] as? Int
            #expect(permissions == 0o700)
            rmdir(second.path)
            #expect(!keep(second))
            let third = directory("artifact_2_0", in: base)
            try third.prepare()
            #expect(try FileManager.default.contentsOfDirectory(atPath: third.path).isEmpty)
        }
    }

    @Test func `A directory that the command removed or replaced is a note, and the next atom has one`() async throws {
        try await withScratchDirectory { base in
            let changes: [(String, (String) throws -> Void)] = [
                ("the command removed it", { rmdir($0) }),
                (
                    "the command put something else in its place",
                    {
                        rmdir($0)
                        try Data("x".utf8).write(to: URL(filePath: $0))
                    }
                ),
                (
                    "the command put something else in its place",
                    {
                        rmdir($0)
                        symlink("/etc", $0)
                    }
                ),
            ]
            for (index, (reason, change)) in changes.enumerated() {
                let directory = directory("artifact_\(index)_0", in: base)
                try directory.prepare()
                try change(directory.path)
                var remains = directory.look()
                #expect(!directory.keepIfUsed(&remains, hasConsole: false))
                #expect(remains.notes == ["ARTIFACT_DIR is lost: \(reason)."])
                var status = stat()
                #expect(lstat(directory.path, &status) != 0)
            }
            #expect(FileManager.default.fileExists(atPath: "/etc/passwd"))
            let next = directory("artifact_9_0", in: base)
            try next.prepare()
            #expect(try FileManager.default.contentsOfDirectory(atPath: next.path).isEmpty)
        }
    }

    @Test func `A directory without rights is kept all the same`() async throws {
        try await withScratchDirectory { base in
            for permissions in [0o000, 0o500] {
                let directory = directory("artifact_0_0", lease: LeaseID(permissions), in: base)
                try directory.prepare()
                try Data("x".utf8).write(to: URL(filePath: "\(directory.path)/file"))
                chmod(directory.path, mode_t(permissions))
                #expect(keep(directory))
                #expect(try FileManager.default.contentsOfDirectory(atPath: directory.keptPath) == ["file"])
            }
        }
    }

    @Test func `Files of ClusterRunner's own names are left out, and their place is free for the output`() async throws
    {
        try await withScratchDirectory { base in
            let directory = directory("artifact_0_0", in: base)
            try directory.prepare()
            try PrivateDirectory.create("\(directory.path)/clusterrunner_console_output/deep")
            try Data("x".utf8).write(to: URL(filePath: "\(directory.path)/clusterrunner_time"))
            try Data("x".utf8).write(to: URL(filePath: "\(directory.path)/file"))
            var remains = directory.look()
            let place = try directory.makeConsolePlace(&remains)
            try Data("output".utf8).write(to: URL(filePath: place))
            #expect(directory.keepIfUsed(&remains, hasConsole: true))
            let names = try FileManager.default.contentsOfDirectory(atPath: directory.keptPath).sorted()
            #expect(names == ["clusterrunner_console_output", "file"])
            #expect(
                remains.notes == [
                    "\"clusterrunner_console_output\" is left out: ClusterRunner has a file of this name.",
                    "\"clusterrunner_time\" is left out: ClusterRunner has a file of this name.",
                ]
            )
        }
    }

    private func keep(_ directory: ArtifactDirectory) -> Bool {
        var remains = directory.look()
        return directory.keepIfUsed(&remains, hasConsole: false)
    }
}
