import CGit2
import ClusterRunnerPlugin
import Logging

extension GitProjectType {
    /// Takes the commits named by the master from there, unless the mirror has them, and checks them out.
    func fetch(
        _ checkouts: [Checkout],
        from master: any ProjectSource,
        into workspace: String
    ) async throws -> [Checkout] {
        for checkout in checkouts {
            try await mending(checkout.url, in: directory(of: checkout, in: workspace)) { damaged in
                try await take(checkout, from: master, damaged)
                let submodules = Checkout.submodules(of: checkout, among: checkouts)
                let contents = try await contents(of: checkout)
                if let contents { try await take(contents, of: checkout, from: master) }
                try await checkOut(checkout, submodules: submodules, contents, in: workspace)
            }
        }
        return checkouts
    }

    /// Returns the lists of references of the master's workspaces, by the paths of the checkouts.
    func references(namedBy role: ProjectContext.Role) async throws -> [String: ReferenceList] {
        guard case .slave(let master) = role else { return [:] }
        var lists: [String: ReferenceList] = [:]
        for checkout in git.checkouts ?? [] {
            lists[checkout.path] = try await references(of: checkout, from: master)
        }
        return lists
    }

    /// Returns the list of references of a checkout, which is requested only once.
    ///
    /// - Returns: nil when the master no longer has it; a workspace is useful without it too.
    private func references(of checkout: Checkout, from master: any ProjectSource) async throws -> ReferenceList? {
        guard let digest = checkout.references else { return nil }
        let mirror = try Mirror(of: checkout.url, below: directory)
        let kept = try await thread.run { _ in mirror.referenceList(digest) }
        if let kept { return kept }
        let request = ExportRequest(
            .references,
            repository: checkout.url.withoutCredentials,
            commit: "\(checkout.commit)",
            items: ["\(digest)"]
        )
        var bytes: [UInt8] = []
        do {
            for try await piece in try await master.request(request.bytes) { bytes += piece }
        } catch let error as ClusterRunnerError where error.code == .notFound {
            context.logger.warning("The workspace gets no tags and branches: \(error.message)")
            return nil
        }
        try Task.checkCancellation()
        guard let list = ReferenceList(bytes), try list.digest == digest else {
            throw ClusterRunnerError(
                .failed,
                "The list of references that the master sent for \(checkout.url.withoutCredentials) is damaged."
            )
        }
        return list
    }

    /// The parts of a checkout that a slave has, and those that it lacks.
    private struct Stock {
        /// Commits that are complete here.
        let have: [ObjectID]
        /// Objects of references that are missing here.
        let lacking: [ObjectID]
        let isCommitHere: Bool
    }

    private func take(
        _ checkout: Checkout,
        from master: any ProjectSource,
        _ damaged: Mirror.Generation?
    ) async throws {
        let mirror = try Mirror(of: checkout.url, below: directory)
        let references = try await references(of: checkout, from: master)
        let stock = try await stock(of: checkout, references, in: mirror, damaged)
        guard !stock.isCommitHere || !stock.lacking.isEmpty else { return }
        let request = ExportRequest(
            repository: checkout.url.withoutCredentials,
            commit: "\(checkout.commit)",
            have: stock.have.map(\.description),
            items: stock.lacking.count > ExportRequest.itemLimit
                ? [ExportRequest.allItems] : stock.lacking.map(\.description),
            isRepeated: damaged != nil
        )
        // The mirror is not locked during the master's answer, which may take long or come from this same process.
        let pack = try await receive(master.request(request.bytes))
        let logger = context.logger
        try await thread.run(onCancel: .leaves) { stop in
            // Both the mirror and the pack are renewed, whichever is damaged.
            try mirror.withExclusiveAccess(damaged: damaged, mending: false, logger) { repository in
                try PackReader(repository: repository, mirror: mirror, stop: stop).take(pack, for: checkout)
                if let references { try mirror.keep(references) }
            }
        }
    }

    private func stock(
        of checkout: Checkout,
        _ references: ReferenceList?,
        in mirror: Mirror,
        _ damaged: Mirror.Generation?
    ) async throws -> Stock {
        let logger = context.logger
        return try await thread.run(onCancel: .leaves) { stop in
            // Nothing in a damaged mirror is usable.
            if let damaged, damaged == mirror.generation {
                return Stock(have: [], lacking: references?.entries.map(\.id) ?? [], isCommitHere: false)
            }
            return try mirror.withExclusiveAccess(logger) { repository in
                try stop.check()
                let lacking = try references.map { try Mirror.lacking($0, in: repository, stop: stop) } ?? []
                if let references { try mirror.keep(references) }
                return Stock(
                    have: try Mirror.completeCommits(in: repository),
                    lacking: lacking,
                    isCommitHere: Mirror.isComplete(checkout.commit, in: repository)
                )
            }
        }
    }

    private func receive(_ answer: AsyncThrowingStream<[UInt8], any Error>) async throws -> ScratchFile {
        let file = try ScratchFile(in: directory)
        for try await bytes in answer {
            try await thread.run { _ in try bytes.withUnsafeBytes { try file.append($0) } }
        }
        // A canceled stream ends as if it were complete.
        try Task.checkCancellation()
        return file
    }
}
