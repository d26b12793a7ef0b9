import ClusterRunnerFiles
import ClusterRunnerTesting
import Glibc
import Testing

@Suite struct TreeRemovalTests {
    @Test func `Everything in a tree goes, whatever it is called`() async throws {
        try await withScratchDirectory { directory in
            let tree = "\(directory)/tree"
            mkdir(tree, 0o700)
            for name in [[0xFF, 0xFE], Array("e\u{301}".utf8), Array("a\nb".utf8), Array("-rf".utf8)] as [[UInt8]] {
                makeFile(Array("\(tree)/".utf8) + name)
                makeFolder(Array("\(tree)/folder-".utf8) + name)
            }
            mkfifo("\(tree)/fifo", 0o600)
            let report = removeTree(tree)
            #expect(report.isComplete, "\(report)")
            #expect(report.removed == 10)
            #expect(access(tree, F_OK) != 0)
        }
    }

    @Test func `A link goes, and its target stays, also with a slash at the end`() async throws {
        try await withScratchDirectory { directory in
            mkdir("\(directory)/target", 0o700)
            makeFile(Array("\(directory)/target/file".utf8))
            mkdir("\(directory)/tree", 0o700)
            symlink("\(directory)/target", "\(directory)/tree/link")
            symlink("\(directory)/target", "\(directory)/link")
            removeTree("\(directory)/tree")
            removeTree("\(directory)/link/")
            #expect(access("\(directory)/target/file", F_OK) == 0)
            #expect(access("\(directory)/tree", F_OK) != 0)
            #expect(access("\(directory)/link", F_OK) != 0)
        }
    }

    @Test func `Folders that may not be written or entered go as well`() async throws {
        try await withScratchDirectory { directory in
            for path in ["tree", "tree/read-only", "tree/closed", "tree/closed/inner"] {
                mkdir("\(directory)/\(path)", 0o700)
                makeFile(Array("\(directory)/\(path)/file".utf8))
            }
            chmod("\(directory)/tree/closed", 0)
            chmod("\(directory)/tree/read-only", 0o555)
            chmod("\(directory)/tree", 0o555)
            let report = removeTree("\(directory)/tree")
            #expect(report.isComplete, "\(report)")
            #expect(access("\(directory)/tree", F_OK) != 0)
        }
    }

    @Test func `A tree that is 5,000 folders deep needs few descriptors and little stack`() async throws {
        try await withScratchDirectory { directory in
            let tree = "\(directory)/tree"
            mkdir(tree, 0o700)
            var folder = open(tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            for _ in 0..<5000 {
                mkdirat(folder, "folder", 0o700)
                close(openat(folder, "file", O_CREAT | O_WRONLY | O_CLOEXEC, 0o600))
                let next = openat(folder, "folder", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                close(folder)
                folder = next
            }
            close(folder)
            let report = removeTree(tree)
            #expect(report.isComplete, "\(report)")
            #expect(report.removed == 10_001)
        }
    }

    @Test func `Nothing to remove is no failure`() {
        #expect(removeTree("/nonexistent/tree").isComplete)
    }

    @Test func `What cannot be removed is named, and the rest goes`() {
        let report = removeTree("/proc/self/fdinfo")
        #expect(!report.isComplete)
        #expect("\(report)".contains("/proc/self/fdinfo/0 (Operation not permitted)"), "\(report)")
    }

    @Test func `An interrupted removal leaves the rest`() async throws {
        try await withScratchDirectory { directory in
            for path in ["tree", "tree/a", "tree/b"] { mkdir("\(directory)/\(path)", 0o700) }
            let report = removeTree("\(directory)/tree".utf8, isInterrupted: { true })
            #expect(report.left.map(\.reason) == [.wasInterrupted])
            #expect(access("\(directory)/tree/a", F_OK) == 0)
        }
    }

    private func makeFile(_ path: [UInt8]) {
        close(open(cString(path), O_CREAT | O_WRONLY | O_CLOEXEC, 0o600))
    }

    private func makeFolder(_ path: [UInt8]) { mkdir(cString(path), 0o700) }

    private func cString(_ path: [UInt8]) -> [CChar] { path.map { CChar(bitPattern: $0) } + [0] }
}
