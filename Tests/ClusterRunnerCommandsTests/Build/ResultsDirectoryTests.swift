import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation
import Testing

@testable import ClusterRunnerCommands

@Suite struct ResultsDirectoryTests {
    let scratch: ScratchDirectory

    init() throws {
        scratch = try ScratchDirectory()
    }

    private var directory: ResultsDirectory {
        get throws { try ResultsDirectory("\(scratch.path)/r", currentDirectory: "/") }
    }

    /// Replaces the results by files of these names, each in a directory of an atom or at the top.
    private func deliver(_ names: [String], text: String = "new", keepsOthers: Bool = false) async throws -> Bool {
        try await directory.replace(keepsOthers: keepsOthers) { staging in
            for name in names {
                let path = "\(staging.fresh)/\(name)"
                let parent = URL(filePath: path).deletingLastPathComponent()
                try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
                try Data(text.utf8).write(to: URL(filePath: path))
            }
        }
    }

    private func refusal(of directory: ResultsDirectory) -> String? {
        ClusterRunnerCommandsTests.refusal { try directory.check() }
    }

    @Test func `New results replace those of the build before, and nothing else`() async throws {
        try scratch.write("old", to: "r/artifact_0_0/a")
        try scratch.write("old", to: "r/artifact_1_0/a")
        try scratch.write("old", to: "r/failures.txt")
        try scratch.write("kept", to: "r/.gitignore")
        try directory.check()
        #expect(try await !deliver(["artifact_0_0/b", "junit.xml"]))
        #expect(scratch.list("r") == [".gitignore", "artifact_0_0", "junit.xml"])
        #expect(scratch.list("r/artifact_0_0") == ["b"])
        #expect(scratch.read("r/.gitignore") == "kept")
    }

    @Test func `A build that ran nothing replaces what has the names of its own results`() async throws {
        try scratch.write("old", to: "r/artifact_0_0/a")
        try scratch.write("old", to: "r/junit.xml")
        #expect(try await deliver(["junit.xml"], keepsOthers: true))
        #expect(scratch.list("r") == ["artifact_0_0", "junit.xml"])
        #expect(scratch.read("r/junit.xml") == "new")
    }

    @Test func `Earlier results stay when the new ones do not come`() async throws {
        try scratch.write("old", to: "r/artifact_0_0/a")
        let error = await #expect(throws: ClusterRunnerError.self) {
            try await directory.replace(keepsOthers: false) { staging in
                try Data().write(to: URL(filePath: "\(staging.fresh)/junit.xml"))
                throw ClusterRunnerError(.failed, "The download broke.")
            }
        }
        #expect(error?.message == "The download broke.")
        #expect(scratch.list("r") == ["artifact_0_0"])
        #expect(scratch.list("r/artifact_0_0") == ["a"])
    }

    @Test func `What cannot be moved in brings the earlier results back`() async throws {
        try scratch.write("old", to: "r/artifact_0_0/a")
        // No result has such a name, so it is not moved away.
        try scratch.write("foreign", to: "r/extra/file")
        await #expect(throws: ClusterRunnerError.self) { try await deliver(["artifact_0_0/b", "extra/file"]) }
        #expect(scratch.list("r") == ["artifact_0_0", "extra"])
        #expect(scratch.list("r/artifact_0_0") == ["a"])
        #expect(scratch.read("r/extra/file") == "foreign")
    }

    @Test func `Of builds that end at once in one directory, one has all of it`() async throws {
        try await withThrowingTaskGroup { group in
            for build in 0..<8 {
                group.addTask { @concurrent in
                    let names = (0...build).map { "artifact_\($0)_0/own" } + ["junit.xml"]
                    return try await deliver(names, text: "\(build)")
                }
            }
            try await group.waitForAll()
        }
        let last = try #require(scratch.read("r/junit.xml").flatMap { Int($0) })
        #expect(scratch.list("r") == (0...last).map { "artifact_\($0)_0" } + ["junit.xml"])
        for atom in 0...last { #expect(scratch.read("r/artifact_\(atom)_0/own") == "\(last)") }
    }

    @Test func `Results change places only while no other build holds the directory`() async throws {
        try scratch.write("old", to: "r/junit.xml")
        let path = try directory.path
        _ = try await directory.replace(keepsOthers: false) { staging in
            try Data().write(to: URL(filePath: "\(staging.fresh)/failures.txt"))
            let other = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            try #require(flock(other, LOCK_EX) == 0)
            var status = stat()
            fstat(other, &status)
            let inode = status.st_ino
            Thread.detachNewThread {
                // Until the replacement waits for the lock, or went ahead without waiting.
                while FileManager.default.fileExists(atPath: "\(path)/junit.xml"), !isAwaited(inode) { sched_yield() }
                try? Data("other".utf8).write(to: URL(filePath: "\(path)/results.zip"))
                close(other)
            }
        }
        // The results of the other build are replaced.
        #expect(scratch.list("r") == ["failures.txt"])
    }

    @Test func `What a killed build left is removed by the next one`() async throws {
        try scratch.write("left", to: "r/.clusterrunner-1-2/new/artifact_0_0/a")
        _ = try await deliver(["junit.xml"])
        #expect(scratch.list("r") == ["junit.xml"])
    }

    @Test func `Neither a file, nor a link to nowhere, nor foreign files are taken for results`() throws {
        let directory = try directory
        let start = "The results cannot be put into \(scratch.path)/r: "
        let end = ". Move it away, or name another directory with --results."
        try scratch.write("mine", to: "r")
        #expect(refusal(of: directory) == start + "it is a file, not a directory" + end)
        try FileManager.default.removeItem(atPath: directory.path)
        symlink("nowhere", directory.path)
        #expect(refusal(of: directory) == start + "it cannot be reached, or is a link that leads nowhere" + end)
        unlink(directory.path)
        try scratch.write("mine", to: "r/notes.txt")
        try scratch.write("", to: "r/artifact_0_0/a")
        #expect(refusal(of: directory) == start + "it contains files that are not results of a build: notes.txt" + end)
        #expect(scratch.read("r/notes.txt") == "mine")
    }

    @Test func `A link to a directory is one, and keeps leading there`() async throws {
        try scratch.write("old", to: "real/artifact_0_0/a")
        symlink("real", "\(scratch.path)/r")
        try directory.check()
        _ = try await deliver(["junit.xml"])
        #expect(scratch.list("real") == ["junit.xml"])
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "\(scratch.path)/r") == "real")
    }

    @Test func `A check leaves nothing behind, and directories above the results are made`() async throws {
        let deep = try ResultsDirectory("\(scratch.path)/a/b/r/", currentDirectory: "/")
        try deep.check()
        #expect(scratch.list() == [])
        _ = try await deep.replace(keepsOthers: false) { try Data().write(to: URL(filePath: "\($0.fresh)/junit.xml")) }
        #expect(scratch.list("a/b/r") == ["junit.xml"])
    }

    @Test func `A place that cannot be written is refused before a build`() throws {
        let place = try ResultsDirectory("/proc/results", currentDirectory: "/")
        #expect(
            refusal(of: place)
                == "The results cannot be put into /proc/results: /proc/results cannot be made: No such file or directory. "
                + "Name another directory with --results."
        )
        #expect(refusal(of: try ResultsDirectory("/proc/self", currentDirectory: "/")) != nil)
    }

    @Test func `A directory in which nothing can be made is refused before a build`() throws {
        // Root may write everywhere, but not into a directory that was removed.
        let handle = open(scratch.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(handle) }
        try FileManager.default.removeItem(atPath: scratch.path)
        let place = try ResultsDirectory("/proc/self/fd/\(handle)", currentDirectory: "/")
        #expect(
            refusal(of: place)
                == "The results cannot be put into /proc/self/fd/\(handle): nothing can be written there: "
                + "No such file or directory. Name another directory with --results."
        )
    }

    @Test(arguments: [
        ("artifact_0_0", true), ("artifact_12_345", true), ("failures.txt", true), ("junit.xml", true),
        ("results.tar.gz", true), ("artifact_0", false), ("artifact_0_x", false), ("artifact_0_0_0", false),
        ("artifact_-1_0", false), ("artifact__0", false), ("notes", false),
    ])
    func `Results are known by their names`(name: String, isResult: Bool) {
        #expect(ResultsName(name).isResult == isResult)
        #expect(ResultsName(name).isForeign != isResult)
    }

    @Test(arguments: [".gitignore", "lost+found", ".clusterrunner-1-2"])
    func `Hidden entries and those of file systems are nobody's`(name: String) {
        #expect(!ResultsName(name).isForeign)
        #expect(!ResultsName(name).isResult)
    }
}

/// Whether a process waits for the lock of a file.
private func isAwaited(_ inode: UInt) -> Bool {
    let locks = (try? OpenFile("/proc/locks", O_RDONLY).readToEnd()) ?? []
    return String(decoding: locks, as: UTF8.self).split(separator: "\n")
        .contains { $0.contains("->") && $0.contains(":\(inode) ") }
}
