import CGit2
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation
import Logging

extension GitProjectType {
    /// A repository to check out, whose commit may not be known yet.
    private struct Order: Sendable {
        let path: String
        let url: GitURL
        let branch: String?
        let hash: String?
        /// Number of repositories that contain it.
        let depth: Int
        /// The references of the master's workspace; nil on the master itself.
        var references: ReferenceList?
    }

    // Commits cannot contain themselves, so these limits only stop maliciously large repositories.
    private static let deepestSubmodule = 100
    private static let submoduleLimit = 5_000

    /// Fetches the commit and all its submodules from their remotes, and checks them out.
    ///
    /// - Returns: The checkouts, and notes for the users of the build.
    func fetchFromRemote(into workspace: String) async throws -> (checkouts: [Checkout], notes: [String]) {
        let named = try await references(namedBy: context.role)
        var orders = [Order(path: "", url: git.url, branch: git.branch, hash: git.hash, depth: 0)]
        var done: [Checkout] = []
        var notes: [String] = []
        while !orders.isEmpty {
            var order = orders.removeFirst()
            order.references = named[order.path]
            let directory = order.path.isEmpty ? workspace : "\(workspace)/\(order.path)"
            let (checkout, more, gap) = try await mending(order.url, in: directory) { damaged in
                var checkout = try await fetch(order, damaged)
                let more = try await submodules(of: checkout, order.depth)
                let contents = try await contents(of: checkout)
                let gap = try await bring(contents, of: &checkout)
                let paths = more.map { checkout.relative($0.path) }
                try await checkOut(checkout, submodules: paths, contents, in: workspace)
                return (checkout, more, gap)
            }
            context.logger.info("Checked out \(checkout.commit) of \(checkout.url.withoutCredentials).")
            if let gap { notes.append(gap.sentence) }
            orders += more
            guard done.count + orders.count <= Self.submoduleLimit else {
                throw ClusterRunnerError(.failed, "\(projectID) has more than \(Self.submoduleLimit) submodules.")
            }
            done.append(checkout)
        }
        return (done, notes)
    }

    /// Checks out a commit of its mirror; `submodules` are the paths inside it where others are checked out.
    func checkOut(
        _ checkout: Checkout,
        submodules: [String],
        _ contents: LFSContents?,
        in workspace: String
    ) async throws {
        let directory = directory(of: checkout, in: workspace)
        let mirror = try Mirror(of: checkout.url, below: self.directory)
        let (remote, trash) = (git.remote, Trash(directory: "\(self.directory)/trash"))
        let (user, scratch) = (context.jobUser, self.directory)
        // Waits when canceled: the workspace is removed afterwards, and no thread may still write to it.
        try await thread.run { stop in
            let state = try WorkspaceState(of: checkout.path, in: workspace)
            var checkedOut = Workspace(
                directory: directory,
                remote: remote,
                submodules: submodules,
                references: try checkout.references.flatMap { try mirror.wholeReferences($0, stop: stop) },
                contents: contents,
                state: state,
                trash: trash,
                stop: stop
            )
            if let user {
                LibGit2.trustAllOwners()
                checkedOut.objects = try SharedObjects(of: mirror, in: scratch, for: user).move(into: state.folder)
            }
            defer { if let left = checkedOut.objects { trash.discard(left) } }
            try checkedOut.checkOut(checkout.commit, from: mirror, as: user)
        }
    }

    /// Runs work on a mirror, and retries it on a new mirror when it fails because of damage.
    ///
    /// `work` gets the damaged mirror that must not be used, if there is one.
    func mending<Value: Sendable>(
        _ url: GitURL,
        in directory: String,
        _ work: (Mirror.Generation?) async throws -> Value
    ) async throws -> Value {
        do {
            return try await work(nil)
        } catch let error where GitFailure.isDamage(error) {
            let mirror = try Mirror(of: url, below: self.directory)
            context.logger.warning("Trying once more with a new mirror: \(GitFailure.within(error)?.message ?? "").")
            // A partial checkout takes its objects from the damaged mirror.
            _ = try? context.jobUser.act { removeTree("\(directory)/.git") }
            return try await work(mirror.generation)
        }
    }

    /// Fetches a known commit into a new mirror, for slaves that cannot get it from the current one.
    func fetchAnew(_ checkout: Checkout) async throws {
        let generation = try Mirror(of: checkout.url, below: directory).generation
        let order = Order(path: "", url: owned(checkout).url, branch: git.branch, hash: "\(checkout.commit)", depth: 0)
        _ = try await fetch(order, generation)
    }

    /// Adds the credentials of the request to a checkout; a restarted master does not know them from its builds.
    func owned(_ checkout: Checkout) -> Checkout {
        guard checkout.url.withoutCredentials == git.url.withoutCredentials else { return checkout }
        var checkout = checkout
        checkout.url = git.url
        return checkout
    }

    /// Returns the directory of a checkout in a workspace.
    func directory(of checkout: Checkout, in workspace: String) -> String {
        checkout.path.isEmpty ? workspace : "\(workspace)/\(checkout.path)"
    }

    private func fetch(_ order: Order, _ damaged: Mirror.Generation?) async throws -> Checkout {
        let mirror = try Mirror(of: order.url, below: directory)
        let (context, surroundings, remote) = (context, surroundings, git.remote)
        // Leaves when canceled: the work only changes the mirror, under its lock, and may stop at any time.
        return try await thread.run(onCancel: .leaves) { stop in
            try mirror.withExclusiveAccess(damaged: damaged, context.logger) { repository in
                try stop.check()
                let address = RemoteAddress(
                    url: order.url,
                    surroundings: surroundings,
                    settings: context.git,
                    stop: stop
                )
                let search = CommitSearch(
                    url: order.url,
                    remote: remote,
                    branch: order.branch,
                    hash: order.hash,
                    references: order.references,
                    stop: stop,
                    connect: { try address.transport(for: mirror) }
                )
                let commit = try search.find(in: repository)
                let references =
                    try order.references
                    ?? mirror.makeReferenceList(for: commit, branch: search.branchName, in: repository, stop: stop)
                return Checkout(
                    path: order.path,
                    url: order.url,
                    commit: commit,
                    boundaries: Array(try Mirror.boundaries(in: repository)),
                    references: try mirror.keep(references)
                )
            }
        }
    }

    private func submodules(of checkout: Checkout, _ depth: Int) async throws -> [Order] {
        let mirror = try Mirror(of: checkout.url, below: directory)
        let found = try await thread.run { _ in
            try mirror.withRepository { try Submodules.of(checkout.commit, in: $0) }
        }
        guard found.isEmpty || depth < Self.deepestSubmodule else {
            throw ClusterRunnerError(
                .failed,
                "The submodules of \(projectID) are nested more than \(Self.deepestSubmodule) deep, down to "
                    + "\"\(checkout.path)\"."
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
