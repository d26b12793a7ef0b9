import ClusterRunnerPlugin
import Foundation
import Logging

extension MercurialProjectType {
    /// Runs `body` with the mirror of the repository, and turns failures into sentences.
    func withMirror<Result: Sendable>(_ body: (Mirror) async throws -> Result) async throws -> Result {
        do {
            var hg = Hg(surroundings: surroundings)
            var settings = try await AccountSettings(readBy: hg)
            settings.addSource(mercurial.url.withCredentials)
            let file = try scratch.newPath("hgrc")
            try settings.write(to: file)
            defer { scratch.remove(file) }
            hg.settings = file
            return try await body(Mirror(of: mercurial.url, in: Self.storage(of: context), hg: hg, scratch: scratch))
        } catch {
            throw explained(error)
        }
    }

    /// Returns the hash of the changeset to build, and gets what the mirror lacks.
    func locate(in mirror: Mirror) async throws -> String {
        // A changeset that is here never changes. Only the name of one has to be looked up at its source.
        if case .hash(let digits) = mercurial.revision, let hash = try await mirror.hash(startingWith: digits) {
            return hash
        }
        try await mirror.add(by: supply)
        return try await mirror.hash(of: mercurial.revision, projectID)
    }

    /// Runs `body` on the mirror, and once more on a new one if the mirror may be damaged.
    ///
    /// `body` may have left something in the workspace.
    func mending<Result: Sendable>(
        _ mirror: Mirror,
        in workspace: String?,
        _ body: () async throws -> Result
    ) async throws -> Result {
        let generation = mirror.generation
        do {
            return try await body()
        } catch let failure as HgFailure where failure.kind == .unclear {
            guard let generation else { throw failure }
            context.logger.warning("The mirror of \(projectID) is made anew, since hg said \"\(failure.reason)\".")
            try await mirror.replace(generation, by: supply)
            if let workspace { try await Workspace.clear(workspace) }
            return try await body()
        }
    }

    /// Adds the missing changesets to a repository: from the master, or from the address.
    func supply(_ repository: String, _ hg: Hg) async throws {
        guard case .slave(let master) = context.role, !mercurial.isFromURL, case .hash(let hash) = mercurial.revision
        else {
            try await hg(["pull", "--quiet", "--repository", ".", AccountSettings.source], in: repository)
            return
        }
        let request = BundleRequest(hash: hash, heads: try await Mirror.heads(of: repository, hg))
        let file = try scratch.newPath("bundle")
        defer { scratch.remove(file) }
        try await receive(master.request(request.bytes), in: file)
        try await hg(["unbundle", "--quiet", "--repository", ".", file], in: repository)
    }

    private func receive(_ answer: AsyncThrowingStream<[UInt8], any Error>, in path: String) async throws {
        try Data().write(to: URL(filePath: path))
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        defer { try? file.close() }
        for try await piece in answer { try file.write(contentsOf: piece) }
        // A canceled stream ends as if it were complete.
        try Task.checkCancellation()
    }

    private func explained(_ error: any Error) -> any Error {
        switch error {
        case is ClusterRunnerError, is CancellationError:
            return error
        case let failure as HgFailure:
            return ClusterRunnerError(.failed, redacted(failure.sentence(projectID, silence: surroundings.answerLimit)))
        case let late as TimeLimitReached:
            return ClusterRunnerError(
                .failed,
                "Fetching \(projectID) took longer than \(late.limit.components.seconds) s. Check the connection to its "
                    + "server, and whether hg waits for something there."
            )
        default:
            let reason = redacted(error.localizedDescription)
            return ClusterRunnerError(.failed, "Fetching \(projectID) failed: \(reason)", cause: error)
        }
    }

    private func redacted(_ text: String) -> String {
        // A shorter word would be part of harmless ones.
        mercurial.url.secrets.filter { $0.utf8.count >= 4 }.reduce(text) { $0.replacing($1, with: "***") }
    }
}
