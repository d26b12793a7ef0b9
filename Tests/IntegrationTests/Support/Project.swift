import ClusterRunnerPlugin
import Foundation

/// The files of a project to build.
struct Project: Sendable {
    /// The text of `clusterrunner.yaml`; nil for a project without it.
    var jobFile: String?
    /// Further files, by path.
    var files: [String: String] = [:]

    /// Writes the files into a directory, which is created.
    func write(to directory: String) throws {
        var all = files
        all["clusterrunner.yaml"] = jobFile
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        for (name, text) in all {
            let file = URL(filePath: "\(directory)/\(name)")
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data(text.utf8).write(to: file)
        }
    }

    /// Commits the files as the next commit of the git repository in a directory, and returns the commit.
    @discardableResult
    func commit(to repository: String) async throws -> String {
        try write(to: repository)
        return try await shell(
            "test -d .git || git init -q -b main; git add -A; git commit -qm next; git rev-parse HEAD",
            in: repository
        )
    }
}

extension RunningCluster {
    /// Makes a git repository of a project and returns the fields of a request that builds it.
    func git(_ project: Project, job: String = "Tests") async throws -> [String: JSONValue] {
        let repository = "\(scratch)/repository-\(UUID().uuidString)"
        try await project.commit(to: repository)
        return ["type": "git", "url": .string("file://\(repository)"), "job_name": .string(job)]
    }
}
