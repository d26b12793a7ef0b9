import Glibc
import Testing

@testable import ClusterRunnerProcess

@Suite(.timeLimit(.minutes(10))) struct ProcessProtectionTests {
    /// Sends QUIT to this thread, which may be one of a pool that blocks it.
    private static func quit() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGQUIT)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        raise(SIGQUIT)
    }

    @Test func `QUIT ends a program at once, and is no crash to look into`() async {
        await #expect(processExitsWith: .signal(SIGQUIT)) {
            var none = rlimit()
            setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
            // In the place of the runtime's, which is not there where the tests run in the background of a shell.
            signal(SIGQUIT) { _ in }
            ProcessProtection.endOnQuit()
            Self.quit()
        }
    }

    @Test func `QUIT that is ignored stays ignored`() async {
        await #expect(processExitsWith: .success) {
            signal(SIGQUIT, SIG_IGN)
            ProcessProtection.endOnQuit()
            Self.quit()
        }
    }
}
