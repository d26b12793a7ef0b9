import Glibc
import Testing

@testable import ClusterRunnerProcess

@Suite(.timeLimit(.minutes(10))) struct ProcessProtectionExitTests {
    @Test func `A file that would be larger than allowed is an error of its writer, and ends no service`() async {
        await #expect(processExitsWith: .success) {
            // Python starts processes with the signal ignored, and threads of a pool have all signals blocked.
            signal(SIGXFSZ, SIG_DFL)
            var signals = sigset_t()
            sigemptyset(&signals)
            sigaddset(&signals, SIGXFSZ)
            pthread_sigmask(SIG_UNBLOCK, &signals, nil)
            ProcessProtection.begin()
            let kind = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
            var limit = rlimit()
            getrlimit(kind, &limit)
            limit.rlim_cur = 1
            #expect(setrlimit(kind, &limit) == 0)
            var template = Array("/tmp/clusterrunner-XXXXXX".utf8CString)
            let file = mkstemp(&template)
            unlink(template)
            #expect(write(file, "ab", 2) == 1)
            #expect(write(file, "c", 1) == -1 && errno == EFBIG)
        }
    }

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
            // Replaces the runtime's handler, which is missing if the tests run in the background of a shell.
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
