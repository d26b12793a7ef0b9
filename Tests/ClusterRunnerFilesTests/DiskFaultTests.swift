import ClusterRunnerFiles
import ClusterRunnerTesting
import Foundation
import Testing

@Suite struct DiskFaultTests {
    @Test func `A directory that can be written has no fault, and nothing is left in it`() async throws {
        try await withScratchDirectory { directory in
            #expect(DiskSpace.fault(in: directory) == nil)
            let names = try FileManager.default.contentsOfDirectory(atPath: directory)
            #expect(names.isEmpty)
        }
    }

    @Test func `A missing directory is no fault of the disk`() {
        #expect(DiskSpace.fault(in: "/no/such/directory") == nil)
    }

    @Test(arguments: [(EIO, true), (EROFS, true), (ENOSPC, true), (EACCES, false), (ENOENT, false), (EMFILE, false)])
    func `Faults of the disk are told from others`(number: Int32, isOfDisk: Bool) {
        #expect(SystemFault(number).isOfDisk == isOfDisk)
    }
}
