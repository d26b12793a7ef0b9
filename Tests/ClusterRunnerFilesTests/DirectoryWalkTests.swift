import ClusterRunnerFiles
import ClusterRunnerPlugin
import ClusterRunnerTesting
import Foundation
import Testing

@Suite struct DirectoryWalkTests {
    @Test func `Names are bytes in their order, without the directory itself and its parent`() async throws {
        try await withScratchDirectory { directory in
            let names = [[0xFF], [0x2E, 0x2E, 0x2E], [0x2E, 0x61], [0x63, 0xE9], Array("é".utf8)] as [[UInt8]]
            for name in names { try create(ByteString(directory).appending(ByteString(name))) }
            let listing = DirectoryListing(at: ByteString(directory))
            #expect(listing.fault == nil)
            #expect(listing.names == names.map { ByteString($0) }.sorted())
            #expect(DirectoryListing.texts(in: directory) == ["...", ".a", "é"])
        }
    }

    @Test func `A link is followed only on request, and a failure is in the listing`() async throws {
        try await withScratchDirectory { directory in
            mkdir("\(directory)/folder", 0o700)
            try create(ByteString("\(directory)/folder/file"))
            symlink("folder", "\(directory)/link")
            let link = ByteString("\(directory)/link")
            #expect(DirectoryListing(at: link).fault == SystemFault(ENOTDIR))
            #expect(DirectoryListing(at: link, followingLinks: true).names == ["file"])
            #expect(DirectoryListing(at: ByteString("\(directory)/folder/file")).fault == SystemFault(ENOTDIR))
            #expect(DirectoryListing(at: ByteString("\(directory)/none")).fault == SystemFault(ENOENT))
            #expect(DirectoryListing.texts(in: "\(directory)/none").isEmpty)
        }
    }

    @Test func `A walk begins anew when it is rewound, and sees what was added`() async throws {
        try await withScratchDirectory { directory in
            try create(ByteString("\(directory)/a"))
            let walk = try OpenDirectory(directory)
            #expect(try walk.remainingNames() == [FileName("a".utf8)])
            try create(ByteString("\(directory)/b"))
            #expect(try walk.remainingNames().isEmpty)
            walk.rewind()
            #expect(try Set(walk.remainingNames()) == [FileName("a".utf8), FileName("b".utf8)])
        }
    }

    @Test func `The state of a private directory tells what became of it`() async throws {
        try await withScratchDirectory { directory in
            let path = "\(directory)/outer/private"
            #expect(PrivateDirectory.state(path) == .missing)
            try PrivateDirectory.create(path)
            try PrivateDirectory.create(path)
            #expect(PrivateDirectory.state(path) == .empty)
            chmod(path, 0o755)
            #expect(PrivateDirectory.state(path) == .changed)
            try create(ByteString("\(path)/.file"))
            #expect(PrivateDirectory.state(path) == .filled)
            #expect(PrivateDirectory.state("\(path)/.file") == .replaced)
            symlink("private", "\(directory)/outer/link")
            #expect(PrivateDirectory.state("\(directory)/outer/link") == .replaced)
        }
    }

    @Test func `A directory below a file cannot be created, and the error names the one that cannot`() async throws {
        try await withScratchDirectory { directory in
            try create(ByteString("\(directory)/file"))
            let error = try #require(throws: ClusterRunnerError.self) {
                try PrivateDirectory.create("\(directory)/file")
            }
            #expect(error.message == "Could not create the directory \(directory)/file: File exists.")
            symlink("nowhere", "\(directory)/dangling")
            let below = try #require(throws: ClusterRunnerError.self) {
                try PrivateDirectory.create("\(directory)/dangling/a/b") { $1.error("\($0) fails", code: .failed) }
            }
            #expect(below.message == "\(directory)/dangling fails: File exists.")
        }
    }

    private func create(_ path: ByteString) throws {
        _ = try OpenFile(path.cString, O_WRONLY | O_CREAT)
    }
}
