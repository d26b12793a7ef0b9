import CGit2
import ClusterRunnerCore
import Logging

extension GitProjectType {
    /// Takes the commits that the master names from there, as far as they are not here yet, and checks them out.
    func fetch(
        _ checkouts: [Checkout],
        from master: any ProjectSource,
        into workspace: String
    ) async throws -> [Checkout] {
        for checkout in checkouts {
            try await mending(checkout.url, in: directory(of: checkout, in: workspace)) { damaged in
                try await take(checkout, from: master, damaged)
                let submodules = Checkout.submodules(of: checkout, among: checkouts)
                try await checkOut(checkout, submodules: submodules, in: workspace)
            }
        }
        return checkouts
    }

    private func take(
        _ checkout: Checkout,
        from master: any ProjectSource,
        _ damaged: Mirror.Generation?
    ) async throws {
        let mirror = try Mirror(of: checkout.url, below: directory)
        let logger = context.logger
        let have: [ObjectID]? = try await thread.run(onCancel: .leaves) { stop in
            // Nothing of what a damaged mirror has is of use.
            if let damaged, damaged == mirror.generation { return [] }
            return try mirror.withExclusiveAccess(logger) { repository in
                try stop.check()
                let isHere = Mirror.isComplete(checkout.commit, in: repository)
                return isHere ? nil : try Mirror.completeCommits(in: repository)
            }
        }
        guard let have else { return }
        let request = PackRequest(
            repository: checkout.url.withoutCredentials,
            commit: "\(checkout.commit)",
            have: have.map(\.description),
            isRepeated: damaged == nil ? nil : true
        )
        // The mirror is not locked while the master answers: that could be long, or be this same process.
        let pack = try await receive(master.request(request.bytes))
        try await thread.run(onCancel: .leaves) { stop in
            // Whether it is the mirror or the pack that is damaged, both come anew.
            try mirror.withExclusiveAccess(damaged: damaged, mending: false, logger) { repository in
                try PackReader(repository: repository, mirror: mirror, stop: stop).take(pack, for: checkout)
            }
        }
    }

    private func receive(_ answer: AsyncThrowingStream<[UInt8], any Error>) async throws -> ScratchFile {
        let file = try ScratchFile(in: directory)
        for try await bytes in answer {
            try await thread.run { _ in try bytes.withUnsafeBytes { try file.append($0) } }
        }
        // A canceled stream just ends, as if that were all.
        try Task.checkCancellation()
        return file
    }
}
