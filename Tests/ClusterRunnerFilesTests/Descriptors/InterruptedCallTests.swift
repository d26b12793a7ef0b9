import ClusterRunnerFiles
import ClusterRunnerTesting
import Foundation
import Testing

@Suite(.timeLimit(.minutes(10))) struct InterruptedCallTests {
    @Test func `A read goes on after signals, which would end a plain one`() async throws {
        try await withPipe { pipe in
            let plain = InterruptedThread {
                var byte: UInt8 = 0
                return read(pipe.descriptor, &byte, 1) < 0 ? errno : 0
            }
            #expect(try await plain.value() == EINTR)
            let repeated = InterruptedThread { (try? pipe.file.nextBytes(3)) ?? [] }
            try await repeated.waitForSignals(20)
            try pipe.file.writeAll([1, 2])
            try await repeated.waitForSignals(40)
            try pipe.file.writeAll([3])
            #expect(try await repeated.value() == [1, 2, 3])
        }
    }

    @Test func `A write that signals cut into parts is complete`() async throws {
        try await withPipe { pipe in
            let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 % 251) }
            let writer = InterruptedThread { (try? pipe.file.writeAll(bytes)) != nil }
            var taken: [UInt8] = []
            while taken.count < bytes.count {
                let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 10_000, alignment: 1)
                defer { buffer.deallocate() }
                taken += buffer.prefix(try pipe.file.read(into: buffer))
            }
            #expect(try await writer.value())
            #expect(taken == bytes)
        }
    }

    @Test func `The wait for a lock goes on after signals`() async throws {
        try await withScratchDirectory { directory in
            let path = "\(directory)/lock"
            let file = try OpenFile(path, O_RDWR | O_CREAT)
            try file.lock(.exclusive)
            let holder = HeldLock(file)
            let waiter = InterruptedThread { () -> Bool in
                guard let file = try? OpenFile(path, O_RDWR) else { return false }
                return (try? file.lock(.exclusive)) != nil
            }
            try await waiter.waitForSignals(20)
            holder.release()
            #expect(try await waiter.value())
        }
    }

    @Test func `Failures other than interruptions are not retried`() {
        var calls = 0
        let fault = #expect(throws: SystemFault.self) {
            try retryingInterrupts { () -> Int32 in
                calls += 1
                errno = calls < 3 ? EINTR : EIO
                return -1
            }
        }
        #expect(calls == 3)
        #expect(fault == SystemFault(EIO))
    }

    /// Lends a named pipe that is open for both reading and writing.
    private func withPipe(_ body: (SharedFile) async throws -> Void) async throws {
        try await withScratchDirectory { directory in
            try #require(mkfifo("\(directory)/pipe", 0o600) == 0)
            try await body(SharedFile("\(directory)/pipe", O_RDWR))
        }
    }
}
