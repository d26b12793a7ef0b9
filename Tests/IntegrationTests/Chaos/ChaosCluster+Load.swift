import ClusterRunnerDomain
import ClusterRunnerPlugin
import Foundation

/// The load during the faults.
extension ChaosCluster {
    /// Injects faults one after the other while three builds are always in progress, one of them from git; returns the
    /// accepted builds when all have ended.
    func work(through faults: [Fault]) async throws -> [BuildID] {
        let isOver = Watched(false)
        let requests = try await requests()
        return try await withThrowingTaskGroup(of: [BuildID].self) { group in
            for request in requests {
                group.addTask { try await self.build(request, until: isOver) }
            }
            group.addTask {
                for fault in faults { try await self.inject(fault) }
                isOver.update { $0 = true }
                return []
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    private func requests() async throws -> [[String: JSONValue]] {
        let marks = "\(cluster.scratch)/marks"
        try FileManager.default.createDirectory(atPath: marks, withIntermediateDirectories: true)
        let job = ChaosJob.job(ledger: ledger.path, marks: marks)
        var git = try await cluster.git(Project(files: ["read me": "A project that is fetched from the master.\n"]))
        git["config"] = job
        return [try cluster.inline(job), try cluster.inline(job, named: "Other"), git]
    }

    private func build(_ request: [String: JSONValue], until isOver: Watched<Bool>) async throws -> [BuildID] {
        var builds: [BuildID] = []
        while !isOver.value {
            let build = try await patiently { try await accepted(request) }
            builds.append(build)
            _ = try await patiently { try await cluster.ended(build) }
        }
        return builds
    }

    /// Requests a build, and retries while the master's disk is full.
    private func accepted(_ request: [String: JSONValue]) async throws -> BuildID {
        while true {
            let before = masterDisk.value
            let answer = try await cluster.http.sendSigned("POST", "/v1/build", .object(request))
            if answer.status == 202, let build = try answer.json()["build_id"].integer { return BuildID(build) }
            let text = String(decoding: answer.body, as: UTF8.self)
            // Its store notices only after a pause that there is room again.
            let isWaiting = before.fillings > 0 && text.contains("No build can be stored now.")
            guard answer.status == 503, before.isFull || masterDisk.value != before || isWaiting else {
                throw ProgramFailure("The build was not accepted: \(answer.status) \(text)")
            }
            try await masterDisk.first { $0.isFull ? nil : () }
            if isWaiting { try await Task.sleep(for: .milliseconds(20)) }
        }
    }
}
