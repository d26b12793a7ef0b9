import ClusterRunnerClient
import ClusterRunnerPlugin

/// What a master that was asked, and did not answer as one, means for a build.
struct MasterSearch: Sendable, Equatable {
    /// Whether the build may run nowhere else: a flag says so.
    let isRequired: Bool
    /// Whether the environment or the file names the master; else its address is only the default.
    let isConfigured: Bool

    /// A line that says why the build runs here; nil when nobody expects it to run elsewhere.
    ///
    /// - Throws: `error` when the build must not run here: it is required elsewhere, or the master is there, and says
    ///   that it cannot take it.
    func noticeOfLocalBuild(instead address: MasterAddress, after error: any Error) throws -> String? {
        guard !isRequired else { throw error }
        switch error {
        case let error as MasterUnreachable where error.stage == .connecting || error.stage == .waiting:
            return isConfigured ? "\(error) The build runs on this machine." : nil
        case let error as ClusterRunnerError where !isConfigured && error.code != .unauthenticated:
            return "What answers at \(address) is not a master of ClusterRunner. The build runs on this machine."
        default:
            throw error
        }
    }
}
