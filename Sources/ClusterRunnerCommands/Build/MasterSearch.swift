import ClusterRunnerClient
import ClusterRunnerPlugin

/// The decision about a build whose master did not answer as one.
struct MasterSearch: Sendable, Equatable {
    /// Whether a flag requires a master.
    let isRequired: Bool
    /// Whether the environment or the file names the master; otherwise its address is the default.
    let isConfigured: Bool

    /// Returns a line that explains a local build; nil when a local build is expected.
    ///
    /// - Throws: `error` when a local build is not allowed, because a master is required or refused the build.
    func noticeOfLocalBuild(instead address: MasterAddress, after error: any Error) throws -> String? {
        guard !isRequired else { throw error }
        switch error {
        case let error as MasterUnreachable where error.stage == .connecting || error.stage == .waiting:
            return isConfigured ? "\(error) The build runs on this machine." : nil
        case let error as ClusterRunnerError where !isConfigured && error.code != .unauthenticated:
            return "The service at \(address) is not a master of ClusterRunner. The build runs on this machine."
        default:
            throw error
        }
    }
}
