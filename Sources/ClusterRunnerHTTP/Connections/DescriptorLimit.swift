import Glibc

/// The limit of open files and connections of this process.
enum DescriptorLimit {
    /// A higher limit slows down programs that close all possible descriptors one by one, as commands of jobs may do.
    private static let most: rlim_t = 65_536

    /// Raises the limit as far as the system allows, and returns it.
    static func raise() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        let wanted = min(limit.rlim_max, most)
        if limit.rlim_cur < wanted {
            var raised = limit
            raised.rlim_cur = wanted
            if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
        }
        return Int(clamping: min(limit.rlim_cur, most))
    }
}
