import ClusterRunnerPlugin
import ClusterRunnerTesting
import Foundation
import Testing

@testable import ClusterRunnerFiles

@Suite struct OpenFileTests {
    @Test func `A file is read to its end, to a limit, or from an offset`() async throws {
        try await withScratchDirectory { directory in
            let bytes = (0..<50_000).map { UInt8(truncatingIfNeeded: $0 % 251) }
            let file = try OpenFile("\(directory)/file", O_RDWR | O_CREAT)
            try file.writeAll(bytes)
            #expect(try file.readToEnd() == bytes)
            #expect(try file.readToEnd(limit: 0).isEmpty)
            #expect(try file.readToEnd(limit: 20_000) == Array(bytes[..<20_000]))
            #expect(try file.readToEnd(limit: 50_000) == bytes)
            #expect(try file.bytes(from: 49_990, count: 100) == Array(bytes[49_990...]))
            #expect(try file.bytes(from: 60_000, count: 100).isEmpty)
            #expect(try file.bytes(from: 3, count: -1).isEmpty)
            #expect(try file.piece(from: 10, upTo: 5) == Array(bytes[10..<15]))
        }
    }

    @Test func `Reads at an offset leave the position, and those of the next bytes move it`() async throws {
        try await withScratchDirectory { directory in
            let file = try OpenFile("\(directory)/file", O_RDWR | O_CREAT)
            try file.writeAll(Array("abcdef".utf8))
            try file.writeAll("XY".utf8, at: 1)
            #expect(try file.nextBytes(2).isEmpty)
            lseek(file.descriptor, 0, SEEK_SET)
            #expect(try file.nextBytes(2) == Array("aX".utf8))
            #expect(try file.bytes(count: 3) == Array("aXY".utf8))
            #expect(try file.nextBytes(100) == Array("Ydef".utf8))
            try file.resize(to: 2)
            #expect(try file.status().size == 2)
        }
    }

    @Test func `A file of /proc, which has no size, is read to its end`() throws {
        let file = try OpenFile("/proc/self/stat", O_RDONLY)
        #expect(try file.status().size == 0)
        #expect(try file.readToEnd().starts(with: "\(getpid()) ".utf8))
    }

    @Test func `Short writes are completed, and one of nothing is a failure`() throws {
        let bytes = Array(0..<100 as Range<UInt8>)
        var written: [UInt8] = []
        try bytes.withUnsafeBytes { bytes in
            try OpenFile.writeAll(bytes) { rest, done in
                #expect(done == written.count)
                written += rest.prefix(7)
                return min(7, rest.count)
            }
        }
        #expect(written == bytes)
        let fault = #expect(throws: SystemFault.self) {
            try bytes.withUnsafeBytes { try OpenFile.writeAll($0) { _, done in done < 50 ? 50 : 0 } }
        }
        #expect(fault == SystemFault(EIO))
    }

    @Test func `The error of a failed operation says what failed and why`() throws {
        let full = try OpenFile("/dev/full", O_WRONLY)
        let lack = try #require(throws: ClusterRunnerError.self) {
            try attempting("Cannot write /dev/full") { try full.writeAll([1]) }
        }
        #expect(lack.message == "Cannot write /dev/full: No space left on device.")
        #expect(lack.code == .unavailable)
        let missing = try #require(throws: ClusterRunnerError.self) {
            _ = try attempting("Cannot open /nowhere", code: .notFound) { try OpenFile("/nowhere", O_RDONLY) }
        }
        #expect(missing.message == "Cannot open /nowhere: No such file or directory.")
        #expect(missing.code == .notFound)
        struct Other: Error {}
        #expect(throws: Other.self) { try attempting("It fails") { throw Other() } }
    }

    @Test func `A name that is not UTF-8 is kept byte by byte`() async throws {
        try await withScratchDirectory { directory in
            let name = ByteString([0x63, 0x61, 0x66, 0xE9, 0xFF])
            let path = ByteString(directory).appending(name)
            try OpenFile(path.cString, O_WRONLY | O_CREAT).writeAll([1])
            let folder = try OpenFile(directory, O_RDONLY | O_DIRECTORY)
            #expect(try OpenFile(name.cString, O_RDONLY, in: folder.descriptor).readToEnd() == [1])
            #expect(DirectoryListing(of: folder.descriptor).names == [name])
            #expect(try RegularFile(path.cString).size == 1)
            #expect(FileStatus(name.cString, in: folder.descriptor)?.kind == .regular)
        }
    }

    @Test func `A file is closed at the end of its life, unless its descriptor is given up`() async throws {
        try await withScratchDirectory { directory in
            let path = try #require(realpath(directory, nil).map { String(cString: $0) })
            func isOpen(_ descriptor: Int32) -> Bool {
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(descriptor)"))
                    == "\(path)/file"
            }
            func open() throws -> OpenFile { try OpenFile("\(path)/file", O_RDWR | O_CREAT) }
            func descriptorOfClosed() throws -> Int32 {
                let file = try open()
                #expect(isOpen(file.descriptor))
                #expect(fcntl(file.descriptor, F_GETFD) & FD_CLOEXEC != 0)
                return file.descriptor
            }
            #expect(!isOpen(try descriptorOfClosed()))
            let kept = try open().relinquish()
            #expect(isOpen(kept))
            close(kept)
        }
    }

    @Test func `A copy above the standard streams is one of the same file`() async throws {
        try await withScratchDirectory { directory in
            let file = try OpenFile.aboveStandardStreams("\(directory)/file", O_RDWR | O_CREAT, permissions: 0o640)
            let copy = try OpenFile.aboveStandardStreams(copyOf: file.descriptor)
            #expect(min(file.descriptor, copy.descriptor) > STDERR_FILENO)
            #expect(try copy.status() == file.status())
            #expect(fcntl(copy.descriptor, F_GETFD) & FD_CLOEXEC != 0)
        }
    }

    @Test func `A full pipe is not writable, and refuses bytes without waiting`() async throws {
        try await withScratchDirectory { directory in
            try #require(mkfifo("\(directory)/pipe", 0o600) == 0)
            let pipe = try OpenFile("\(directory)/pipe", O_RDWR | O_NONBLOCK)
            #expect(try pipe.unowned.isWritable(within: 0))
            let fault = try #require(throws: SystemFault.self) {
                while true { _ = try pipe.unowned.write(Array(repeating: 1, count: 4096)[...]) }
            }
            #expect(fault.number == EAGAIN)
            #expect(try !pipe.unowned.isWritable(within: 0))
        }
    }
}

@Suite struct RegularFileTests {
    @Test func `A named pipe without a writer is refused, not waited for`() async throws {
        try await withScratchDirectory { directory in
            try #require(mkfifo("\(directory)/pipe", 0o600) == 0)
            #expect(throws: RegularFile.Fault.kind("a named pipe")) { _ = try RegularFile("\(directory)/pipe") }
        }
    }

    @Test(arguments: [("/", "a directory"), ("/dev/null", "a device"), ("/proc/self/environ", "a file of /proc")])
    func `Another kind of file is refused by its name`(path: String, kind: String) {
        let fault = #expect(throws: RegularFile.Fault.self) { _ = try RegularFile(path) }
        #expect(fault == .kind(kind))
        #expect(fault?.description == "it is \(kind), not a regular file")
    }

    @Test func `A missing file is refused with the system's reason`() {
        let fault = #expect(throws: RegularFile.Fault.self) { _ = try RegularFile("/nowhere") }
        #expect(fault == .system(ENOENT))
        #expect(fault?.description == "No such file or directory")
    }

    @Test func `The end of a file has at most the bytes that were asked for`() async throws {
        try await withScratchDirectory { directory in
            try OpenFile("\(directory)/file", O_WRONLY | O_CREAT).writeAll("abcdef".utf8)
            let file = try RegularFile("\(directory)/file")
            #expect(try file.end(2) == Array("ef".utf8))
            #expect(try file.end(100) == Array("abcdef".utf8))
        }
    }
}
