import Glibc
import Testing

@testable import ClusterRunnerCommands

@Suite(.timeLimit(.minutes(10))) struct ServiceExitTests {
    @Test func `The lock of a process that was killed is free`() async throws {
        let scratch = try ScratchDirectory()
        let directory = scratch.path
        await #expect(processExitsWith: .signal(SIGKILL)) { [directory = directory as String] in
            _ = try BaseDirectoryLock(directory)
            kill(getpid(), SIGKILL)
        }
        #expect(scratch.read("lock") != nil)
        try BaseDirectoryLock(directory).release()
    }

    @Test func `A service that was killed is no longer listed`() async throws {
        let scratch = try ScratchDirectory()
        let directory = scratch.path
        await #expect(processExitsWith: .signal(SIGKILL)) { [directory = directory as String] in
            _ = try ServiceProcesses(baseDirectory: directory).register(name: "master")
            kill(getpid(), SIGKILL)
        }
        #expect(scratch.list() == ["master.pid"])
        #expect(try ServiceProcesses(baseDirectory: directory).all().isEmpty)
        #expect(scratch.list() == [])
    }

    @Test func `A hang-up that is ignored stays ignored`() async {
        await #expect(processExitsWith: .success) {
            signal(SIGHUP, SIG_IGN)
            #expect(EndingSignals.all.count == 3)
            signal(SIGHUP, SIG_DFL)
            #expect(EndingSignals.all.count == 4)
        }
    }
}
