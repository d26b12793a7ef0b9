import Foundation
import Glibc

/// What a git project takes from the account it runs under.
struct GitSurroundings: Sendable {
    /// The home directory, with `.ssh` in it.
    var homeDirectory: String
    /// The home directory that the system knows for the account, where ssh looks whatever `HOME` says.
    var systemHome = Self.systemHome
    /// The name of the account.
    var user: String
    /// The environment variables, for the agent and for programs.
    var environment: [String: String]
    /// The name of the git program.
    var program = "git"
    /// The time after which a remote that sends nothing, not even progress, is given up.
    var silence = Duration.seconds(120)

    private static var systemHome: String {
        getpwuid(getuid())?.pointee.pw_dir.map { String(cString: $0) } ?? NSHomeDirectory()
    }

    /// Those of this process.
    static var current: Self {
        let environment = ProcessInfo.processInfo.environment
        return Self(
            homeDirectory: environment["HOME"] ?? NSHomeDirectory(),
            user: NSUserName(),
            environment: environment
        )
    }
}
