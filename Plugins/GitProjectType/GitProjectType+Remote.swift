import CGit2
import ClusterRunnerCore
import Logging

extension GitProjectType {
    /// A repository that is to be checked out, of which the commit may not be known yet.
    private struct Order: Sendable {
        let path: String
        let url: GitURL
        let branch: String?
        let hash: String?
        /// How many repositories it lies in.
        let depth: Int
    }

    // Commits cannot contain themselves, so this only ends what somebody built to be endless.
    private static let deepestSubmodule = 32

    /// Fetches the commit and all its submodules from where they come from, and checks them out.
    func fetchFromRemote(into workspace: String) async throws -> [Checkout] {
        var orders = [Order(path: "", url: git.url, branch: git.branch, hash: git.hash, depth: 0)]
        var done: [Checkout] = []
        while !orders.isEmpty {
            let order = orders.removeFirst()
            let checkout = try await fetch(order)
            try await checkOut(checkout, in: workspace)
            context.logger.info("Checked out \(checkout.commit) of \(checkout.url.withoutCredentials).")
            orders += try await submodules(of: checkout, order.depth)
            done.append(checkout)
        }
        return done
    }

    /// Checks one commit out that is in its mirror.
    func checkOut(_ checkout: Checkout, in workspace: String) async throws {
        let directory = checkout.path.isEmpty ? workspace : "\(workspace)/\(checkout.path)"
        let mirror = try Mirror(of: checkout.url, below: self.directory)
        let remote = git.remote
        // Waits when canceled: the workspace is removed afterwards, and nobody must still be writing to it.
        try await thread.run { stop in
            try Workspace(directory: directory, remote: remote, stop: stop).checkOut(checkout.commit, from: mirror)
        }
    }

    private func fetch(_ order: Order) async throws -> Checkout {
        let mirror = try Mirror(of: order.url, below: directory)
        let (context, surroundings, remote) = (context, surroundings, git.remote)
        // Leaves when canceled: only the mirror is touched, under its lock, and a fetch that stops harms none.
        let commit = try await thread.run(onCancel: .leaves) { stop in
            try mirror.withExclusiveAccess(context.logger) { repository in
                try stop.check()
                if order.depth > 0, let hash = order.hash, let commit = ObjectID(hex: hash),
                    Mirror.isComplete(commit, in: repository)
                {
                    return commit
                }
                let connection = RemoteConnection(
                    url: order.url,
                    surroundings: surroundings,
                    strictHostKeyChecking: context.strictHostKeyChecking,
                    stop: stop
                )
                return try CommitSearch(
                    connection: connection,
                    remote: remote,
                    branch: order.branch,
                    hash: order.hash
                ).find(in: repository)
            }
        }
        return Checkout(path: order.path, url: order.url, commit: commit)
    }

    private func submodules(of checkout: Checkout, _ depth: Int) async throws -> [Order] {
        let mirror = try Mirror(of: checkout.url, below: directory)
        let found = try await thread.run { _ in
            try mirror.withRepository { try Submodules.of(checkout.commit, in: $0) }
        }
        guard found.isEmpty || depth < Self.deepestSubmodule else {
            throw ClusterRunnerError(
                .failed,
                "The submodules of \(projectID) are nested more than \(Self.deepestSubmodule) deep."
            )
        }
        return try found.map { submodule in
            Order(
                path: checkout.path.isEmpty ? submodule.path : "\(checkout.path)/\(submodule.path)",
                url: try checkout.url.submodule(submodule.address),
                branch: nil,
                hash: "\(submodule.commit)",
                depth: depth + 1
            )
        }
    }
}
