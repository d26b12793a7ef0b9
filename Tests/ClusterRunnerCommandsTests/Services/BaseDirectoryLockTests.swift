import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc
import Testing

@testable import ClusterRunnerCommands

@Suite(.timeLimit(.minutes(10))) struct BaseDirectoryLockTests {
    let scratch: ScratchDirectory

    init() throws {
        scratch = try ScratchDirectory()
    }

    @Test func `A second taker learns the directory and the process that has it`() throws {
        let directory = scratch.path + "/a/b"
        let lock = try BaseDirectoryLock(directory)
        #expect(scratch.mode("a/b") == 0o700)
        #expect(
            refusal { _ = try BaseDirectoryLock(directory) } == "The base directory \(directory) is in use by process "
                + "\(getpid()). Stop that, or set another base_directory."
        )
        #expect(try BaseDirectoryLock.ifFree(directory) == nil)
        lock.release()
        lock.release()
        let next = try BaseDirectoryLock(directory)
        next.release()
    }

    @Test func `A holder that is about to end is waited for`() async throws {
        let directory = scratch.path
        let lock = try BaseDirectoryLock(directory)
        lock.markEnding()
        let (waits, continuation) = AsyncStream.makeStream(of: pid_t?.self)
        async let next = BaseDirectoryLock.afterEndingHolder(of: directory) { continuation.yield($0) }
        #expect(await waits.first { _ in true } == getpid())
        #expect(try BaseDirectoryLock.ifFree(directory) == nil)
        lock.release()
        try await next.release()
        #expect(scratch.read("lock") == "\(getpid())\n")
    }

    @Test func `A holder that goes on is not waited for`() async throws {
        let lock = try BaseDirectoryLock(scratch.path)
        defer { lock.release() }
        await #expect(throws: ClusterRunnerError.self) {
            _ = try await BaseDirectoryLock.afterEndingHolder(of: scratch.path) { _ in Issue.record("It waits.") }
        }
    }

    @Test func `A holder that has not written its id yet is another process`() throws {
        let file = try OpenFile.replace(scratch.path + "/lock", with: [], locked: true)
        #expect(
            refusal { _ = try BaseDirectoryLock(scratch.path) } == "The base directory \(scratch.path) is in use by "
                + "another process. Stop that, or set another base_directory."
        )
        close(file.relinquish())
    }

    @Test func `A longer id of an earlier holder leaves no digits behind`() throws {
        try scratch.write("123456789012\n", to: "lock")
        let lock = try BaseDirectoryLock(scratch.path)
        defer { lock.release() }
        #expect(scratch.read("lock") == "\(getpid())\n")
    }

    @Test func `A directory that cannot be made is an error, not a taken one`() throws {
        try scratch.write("", to: "file")
        let directory = scratch.path + "/file/base"
        #expect(
            refusal { _ = try BaseDirectoryLock.ifFree(directory) }
                == "The directory \(directory) cannot be made: Not a directory."
        )
    }

    @Test func `A directory that is only read becomes free for an embedded cluster`() async throws {
        let directory = "\(EmbeddedSlot.base(under: scratch.path))/1"
        let reader = try BaseDirectoryLock(directory)
        reader.markEnding()
        async let slot = EmbeddedSlot.take(under: scratch.path)
        reader.release()
        let taken = try await slot
        #expect(taken.directory == directory)
        taken.release()
    }

    @Test func `Embedded clusters take the lowest free number`() async throws {
        let first = try await EmbeddedSlot.take(under: scratch.path)
        let second = try await EmbeddedSlot.take(under: scratch.path)
        #expect(first.directory == scratch.path + "/embedded/1")
        #expect(second.directory == scratch.path + "/embedded/2")
        first.release()
        let third = try await EmbeddedSlot.take(under: scratch.path)
        #expect(third.directory == scratch.path + "/embedded/1")
        second.release()
        third.release()
    }
}
