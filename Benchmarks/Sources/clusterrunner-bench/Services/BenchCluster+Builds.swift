import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerWire
import Foundation

/// Builds without `clusterrunner build`, and so without the download of their results.
extension BenchCluster {
    /// Requests a job of the project in a directory, and returns the build's number.
    func request(job: String, in project: String) async throws -> BuildID {
        try await withClient { client in
            try await client.createBuild([
                "type": "directory", "project_directory": .string(project), "job_name": .string(job),
            ])
        }
    }

    /// Waits for the end of a build, which must be a success; returns the seconds from the request to the last result.
    func end(of id: BuildID) async throws -> Double {
        let status = try await withClient { client in
            var status = try await client.build(id, wait: .seconds(60))
            while !status.state.isFinal { status = try await client.build(id, wait: .seconds(60)) }
            return status
        }
        guard status.result == .noFailures else {
            throw BenchFailure("Build \(id) did not pass: \(status.errorMessage ?? "\(status)")")
        }
        let times = try timestamps(ofBuild: id)
        return times["finished", default: 0] - times["queued", default: 0]
    }

    /// Runs an operation with a client, whose connections are closed afterwards.
    func withClient<Result>(_ body: (MasterClient) async throws -> Result) async throws -> Result {
        let connection = try MasterConnection(
            address: MasterAddress(host: "127.0.0.1", port: port),
            authenticator: MessageAuthenticator(key: Array(Self.secret.utf8))
        )
        do {
            let result = try await body(MasterClient(connection))
            await connection.shutDown()
            return result
        } catch {
            await connection.shutDown()
            throw error
        }
    }
}
