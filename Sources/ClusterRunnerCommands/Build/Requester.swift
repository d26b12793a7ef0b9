import Glibc

/// The user and machine that request a build, as far as this machine knows them.
enum Requester {
    /// `user@host`.
    static var current: String { "\(user)@\(GeneralConfiguration.systemHostname())" }

    private static var user: String {
        getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) } ?? "\(geteuid())"
    }
}
