import ClusterRunnerClient
import ClusterRunnerCore

/// Follows a build to its end and shows how far it is.
struct BuildWatch: Sendable {
    let client: MasterClient
    let build: Int
    let isQuiet: Bool

    /// Watches until the build has ended.
    func untilEnd() async throws -> BuildStatus {
        let isLive = Terminal.isInteractive && !isQuiet
        var shown = ""
        while true {
            // The answer comes when the build ends, or after that time with the state of then.
            let status = try await client.build(build, wait: isLive ? .milliseconds(200) : .seconds(10))
            guard !status.state.isFinal else {
                if isLive { Terminal.replaceLine("") }
                return status
            }
            let line = Self.line(status)
            if !isQuiet, line != shown { isLive ? Terminal.replaceLine(line) : Terminal.print(line) }
            shown = line
        }
    }

    private static func line(_ status: BuildStatus) -> String {
        "Build \(status.id): \(status.details ?? status.state.rawValue.lowercased())"
    }
}
