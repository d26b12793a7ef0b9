import Foundation
import Glibc

/// The settings that a git project takes from its account.
struct GitSurroundings: Sendable {
    /// The home directory, which contains `.ssh`.
    var homeDirectory: String
    /// The home directory in the system's user database, which ssh uses regardless of `HOME`.
    var systemHome = Self.systemHome
    /// The name of the account.
    var user: String
    /// The environment variables, for the agent and for programs.
    var environment: [String: String]
    /// The name of the git program.
    var program = "git"
    /// The silence of a remote, without any progress, after which it is given up.
    var silence = Duration.seconds(120)

    private static var systemHome: String {
        getpwuid(getuid())?.pointee.pw_dir.map { String(cString: $0) } ?? NSHomeDirectory()
    }

    /// The settings of this process.
    static var current: Self {
        let environment = ProcessInfo.processInfo.environment
        return Self(
            homeDirectory: environment["HOME"] ?? NSHomeDirectory(),
            user: NSUserName(),
            environment: environment
        )
    }
}
