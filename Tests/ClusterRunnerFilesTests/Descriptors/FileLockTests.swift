import ClusterRunnerFiles
import ClusterRunnerPlugin
import ClusterRunnerTesting
import Foundation
import Testing

@Suite struct FileLockTests {
    @Test func `Shared locks are held at once, and an exclusive one alone`() async throws {
        try await withLockFile { path in
            let (first, second) = (try SharedFile(path, O_RDWR), try SharedFile(path, O_RDWR))
            #expect(first.tryLock(.shared))
            #expect(second.tryLock(.shared))
            #expect(!first.tryLock(.exclusive))
            second.file.unlock()
            #expect(first.tryLock(.exclusive))
            #expect(!second.tryLock(.shared))
        }
    }

    @Test func `A lock for a body excludes others until it ends, also by an error`() async throws {
        struct Failure: Error {}
        try await withLockFile { path in
            let (first, second) = (try SharedFile(path, O_RDWR), try SharedFile(path, O_RDWR))
            #expect(throws: Failure.self) {
                try first.file.whileLocked(orThrow: "It cannot be locked") {
                    #expect(!second.tryLock(.shared))
                    throw Failure()
                }
            }
            #expect(second.tryLock(.exclusive))
        }
    }

    @Test func `A held lock is released once, after its last action`() async throws {
        try await withLockFile { path in
            let lock = try held(path)
            let other = try SharedFile(path, O_RDWR)
            #expect(lock.isHeld)
            var actions = 0
            for _ in 0..<2 {
                lock.release {
                    #expect(!other.tryLock(.shared))
                    actions += 1
                }
            }
            #expect(actions == 1)
            #expect(!lock.isHeld)
            #expect(other.tryLock(.exclusive))
            lock.withFile { _ in Issue.record("It has no file any longer.") }
        }
    }

    @Test func `A lock ends with its holder, unless it is kept for ever`() async throws {
        try await withLockFile { path in
            let other = try SharedFile(path, O_RDWR)
            do { _ = try held(path) }
            #expect(other.tryLock(.exclusive))
            other.file.unlock()
            var kept: Int32 = -1
            do {
                let lock = try held(path)
                lock.withFile { kept = $0.descriptor }
                lock.keepForever()
                #expect(!lock.isHeld)
            }
            #expect(!other.tryLock(.shared))
            close(kept)
            #expect(other.tryLock(.shared))
        }
    }

    private func held(_ path: String) throws -> HeldLock {
        let file = try OpenFile(path, O_RDWR)
        let isLocked = file.tryLock(.exclusive)
        #expect(isLocked)
        return HeldLock(file)
    }

    private func withLockFile(_ body: (String) throws -> Void) async throws {
        try await withScratchDirectory { directory in
            _ = try OpenFile("\(directory)/lock", O_RDWR | O_CREAT)
            try body("\(directory)/lock")
        }
    }
}

extension SharedFile {
    fileprivate func tryLock(_ lock: OpenFile.Lock) -> Bool { file.tryLock(lock) }
}
