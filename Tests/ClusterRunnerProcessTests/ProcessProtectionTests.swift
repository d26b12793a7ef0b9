import Glibc
import Testing

@testable import ClusterRunnerProcess

@Suite(.timeLimit(.minutes(10))) struct ProcessProtectionTests {
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
}
