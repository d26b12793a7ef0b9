import ClusterRunnerFiles
import ClusterRunnerTesting
import Foundation
import Testing

@testable import ClusterRunnerPlugin

@Suite struct SystemErrorTests {
    @Test func `What a full disk refuses may succeed later`() {
        #expect(ClusterRunnerError.Code.ofSystem(ENOSPC) == .unavailable)
        #expect(ClusterRunnerError.Code.ofSystem(EDQUOT) == .unavailable)
        #expect(ClusterRunnerError.Code.ofSystem(EACCES) == .failed)
    }

    @Test func `An error of Foundation is told in the words of the system`() throws {
        let file = try #require(FileHandle(forWritingAtPath: "/dev/full"))
        let error = try #require(throws: (any Error).self) { try file.write(contentsOf: Data([1])) }
        let told = ClusterRunnerError("It cannot be written", because: error)
        #expect(told.code == .unavailable)
        #expect(told.message == "It cannot be written: No space left on device.")
    }

    @Test func `A directory that cannot be made is named, with the reason`() throws {
        let error = #expect(throws: ClusterRunnerError.self) { try PrivateDirectory.create("/dev/null/directory") }
        #expect(error?.message == "Could not create the directory /dev/null/directory: Not a directory.")
        #expect(error?.code == .failed)
    }

    @Test func `An error that is not the system's keeps its cause`() {
        let told = ClusterRunnerError("It went wrong", because: CancellationError())
        #expect(told.message == "It went wrong.")
        #expect(told.cause is CancellationError)
    }

    @Test func `A disk is full when next to nothing fits on it`() throws {
        #expect(DiskSpace(path: "/d", freeBytes: 65_536).shortage == nil)
        #expect(
            DiskSpace(path: "/d", freeBytes: 65_535).shortage
                == "No space left on device: 63 KiB are free on the disk of /d."
        )
        #expect(try DiskSpace(at: "/tmp").freeBytes > 0)
        #expect(DiskSpace.shortage(at: "/no/such/place") == nil)
    }
}
