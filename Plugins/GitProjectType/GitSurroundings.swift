import Foundation

/// What a git project takes from the account it runs under.
struct GitSurroundings: Sendable {
    /// The home directory, with `.ssh` in it.
    var homeDirectory: String
    /// The name of the account.
    var user: String
    /// The environment variables, for the agent and for programs.
    var environment: [String: String]

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
