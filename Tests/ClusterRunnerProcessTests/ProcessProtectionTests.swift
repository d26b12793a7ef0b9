import Glibc
import Testing

@testable import ClusterRunnerProcess

@Suite(.timeLimit(.minutes(10))) struct ProcessProtectionTests {
    @Test func `A file that would be larger than allowed is an error of its writer, and ends no service`() async {
        await #expect(processExitsWith: .success) {
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
