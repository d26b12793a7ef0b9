import CGit2
import ClusterRunnerPlugin

/// An importer of packs from the master into a mirror.
struct PackReader {
    let repository: OpaquePointer
    let mirror: Mirror
    let stop: StopFlag

    /// Imports the pack in `file`, checks that the commit then has everything it needs, and only then marks it.
    func take(_ file: ScratchFile, for checkout: Checkout) throws {
        let commit = checkout.commit
        do {
            try store(file)
            try mirror.addBoundaries(checkout.boundaries)
            // Reopened, because this handle does not know the new pack yet.
            try mirror.withRepository { fresh in
                let complete = try Mirror.completeCommits(in: fresh)
                try Connectivity(repository: fresh, stop: stop).check(commit, knowing: complete)
                try Mirror.markComplete(commit, in: fresh)
            }
        } catch let failure as GitFailure {
            throw ClusterRunnerError(
                .failed,
                "The pack that the master sent for the commit \(commit) of \(mirror.url.withoutCredentials) is "
                    + "incomplete or damaged: \(failure).",
                cause: failure.asCause
            )
        }
    }

    private func store(_ file: ScratchFile) throws {
        try withHandle(freedBy: git_odb_free, from: { git_repository_odb(&$0, repository) }) { odb in
            // Freeing the writer removes a half-written pack.
            try withHandle(
                freedBy: git_indexer_free,
                from: { git_indexer_new(&$0, "\(mirror.path)/objects/pack", 0, odb, nil) },
                { indexer in
                    var progress = git_indexer_progress()
                    var offset = 0
                    while case let bytes = try file.read(at: offset, count: 1 << 16), !bytes.isEmpty {
                        try stop.check()
                        try checked(git_indexer_append(indexer, bytes, bytes.count, &progress))
                        offset += bytes.count
                    }
                    try checked(git_indexer_commit(indexer, &progress))
                }
            )
        }
    }
}
