import ClusterRunnerConcurrency
import ClusterRunnerFiles
import ClusterRunnerTesting
import Glibc
import Testing

@Suite struct TrashTests {
    @Test func `What is discarded leaves its place at once, and the disk soon`() async throws {
        try await withScratchDirectory { directory in
            let trash = Trash(directory: "\(directory)/trash")
            try fill("\(directory)/tree")
            #expect(trash.discard("\(directory)/tree"))
            #expect(access("\(directory)/tree", F_OK) != 0)
            await trash.emptied()
            #expect(names(in: "\(directory)/trash") == [])
        }
    }

    @Test func `Nothing to discard is no failure, and makes no folder`() async throws {
        try await withScratchDirectory { directory in
            let trash = Trash(directory: "\(directory)/trash")
            #expect(trash.discard("\(directory)/nothing"))
            await trash.emptied()
            #expect(access("\(directory)/trash", F_OK) != 0)
        }
    }

    @Test func `What a crash left in the trash goes with the next start`() async throws {
        try await withScratchDirectory { directory in
            try fill("\(directory)/trash/1234-left")
            let trash = Trash(directory: "\(directory)/trash")
            trash.empty()
            await trash.emptied()
            #expect(names(in: "\(directory)/trash") == [])
        }
    }

    @Test func `What cannot be moved into the trash is put aside and removed there`() async throws {
        try await withScratchDirectory { directory in
            // A file in the place of the folder: as on another file system, nothing can be moved there.
            close(open("\(directory)/trash", O_CREAT | O_WRONLY | O_CLOEXEC, 0o600))
            let trash = Trash(directory: "\(directory)/trash")
            try fill("\(directory)/tree")
            #expect(trash.discard("\(directory)/tree"))
            #expect(access("\(directory)/tree", F_OK) != 0)
            await trash.emptied()
            #expect(names(in: directory) == ["trash"])
        }
    }

    @Test func `What stays is reported once`() async throws {
        try await withScratchDirectory { directory in
            let reports = Lock<[RemovalReport]>([])
            let keep: @Sendable (RemovalReport) -> Void = { report in reports.withLock { $0.append(report) } }
            let trash = Trash(directory: "\(directory)/trash", report: keep)
            #expect(!trash.discard("/proc/self/fdinfo"))
            await trash.emptied()
            #expect(reports.withLock { $0.count } == 1)
            #expect(reports.withLock { $0.first?.left.first?.reason } == .system(EPERM))
        }
    }

    private func fill(_ path: String) throws {
        try PrivateDirectory.create("\(path)/folder")
        for number in 0..<50 {
            close(open("\(path)/folder/\(number)", O_CREAT | O_WRONLY | O_CLOEXEC, 0o600))
        }
    }

    private func names(in directory: String) -> [String]? {
        guard let stream = opendir(directory) else { return nil }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            names.append(String(decoding: name, as: UTF8.self))
        }
        return names.filter { $0 != "." && $0 != ".." }
    }
}
