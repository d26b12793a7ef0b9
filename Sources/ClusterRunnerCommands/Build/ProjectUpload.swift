import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerPlugin

/// The upload of a project from this machine, before the build request.
struct ProjectUpload: UploadDestination {
    let type: any UploadingProjectType.Type
    let parameters: ProjectParameters
    let client: MasterClient
    let archives: any ProjectArchives
    let foreignPaths: [ByteString]
    /// Whether nothing is printed about it.
    let isQuiet: Bool
    var timekeeper = Timekeeper.system()

    /// The time without an answer after which the upload is given up.
    private static let patience = Duration.seconds(60)

    /// Sends what the master lacks, and returns the fields of the build request.
    func send() async throws -> [String: JSONValue] { try await type.upload(parameters, to: self).values }

    func send(_ message: [UInt8]) async throws -> [UInt8] {
        let policy = RetryPolicy()
        var failures = 0
        var silentSince: Duration?
        while true {
            do {
                return try await client.upload(message, type: type.name)
            } catch let error as MasterUnreachable {
                let now = timekeeper.now.uptime
                failures += 1
                silentSince = silentSince ?? now
                guard now - (silentSince ?? now) < Self.patience else { throw error }
                if failures == 1 { report("\(error) Trying again.") }
                try await timekeeper.sleep(for: policy.delay(afterFailures: failures, last: error))
            }
        }
    }

    func report(_ sentence: String) {
        if !isQuiet { Terminal.printError(sentence) }
    }
}
