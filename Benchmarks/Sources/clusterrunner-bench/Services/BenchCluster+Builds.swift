import ClusterRunnerClient
import ClusterRunnerCore
import Foundation

/// Builds without `clusterrunner build`, so without the download of their results.
extension BenchCluster {
    /// Requests a job of the project in a directory, and returns the build's number.
    func request(job: String, in project: String) async throws -> Int {
        try await withClient { client in
            try await client.createBuild([
                "type": "directory", "project_directory": .string(project), "job_name": .string(job),
            ])
        }
    }

    /// Waits for the end of a build, which must be a success; returns the seconds from the request to the last result.
    func end(of id: Int) async throws -> Double {
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

    private func withClient<Result>(_ body: (MasterClient) async throws -> Result) async throws -> Result {
        let crowd = try SimulatedSlaves(port: port)
        do {
            let result = try await body(crowd.client)
            await crowd.shutDown()
            return result
        } catch {
            await crowd.shutDown()
            throw error
        }
    }
}
