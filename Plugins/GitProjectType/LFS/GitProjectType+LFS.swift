import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation
import Logging

extension GitProjectType {
    /// Finds the files of a checkout whose contents are in Git LFS; nil without any.
    func contents(of checkout: Checkout) async throws -> LFSContents? {
        let mirror = try Mirror(of: checkout.url, below: directory)
        return try await thread.run { stop in
            let files = try mirror.lfsFiles(of: checkout.commit, stop)
            return files.files.isEmpty ? nil : LFSContents(files: files, store: LFSStore(of: mirror))
        }
    }

    /// Fetches the missing contents of a checkout, on the machine that fetches it from its remote.
    ///
    /// - Returns: The files that stay pointers.
    func bring(_ contents: LFSContents?, of checkout: inout Checkout) async throws -> LFSGap? {
        guard let contents else { return nil }
        if case .slave(let master) = context.role {
            // One machine asks the remote, and all use the same contents.
            let path = checkout.path
            checkout.hasContents = git.checkouts?.contains { $0.path == path && $0.hasContents } == true
            try await take(contents, of: checkout, from: master)
            return nil
        }
        let gap = try await fetch(contents, of: checkout)
        checkout.hasContents = gap.map { $0.paths.count < contents.files.files.count } ?? true
        return gap
    }

    // MARK: - The master

    /// Fetches the missing contents.
    ///
    /// - Returns: The files that stay pointers.
    func fetch(_ contents: LFSContents, of checkout: Checkout) async throws -> LFSGap? {
        let mirror = try Mirror(of: checkout.url, below: directory)
        let (context, surroundings) = (context, surroundings)
        return try await thread.run(onCancel: .leaves) { stop in
            guard !contents.store.missing(of: contents.files.contents).isEmpty else { return nil }
            let address = RemoteAddress(
                url: checkout.url,
                surroundings: surroundings,
                settings: context.git,
                stop: stop
            )
            let transport = try address.transport(for: mirror) as? ProgramTransport
            let obstacle =
                transport == nil
                ? "only the git program can fetch them, which is not used for this remote"
                : transport?.obstacleToContents
            if obstacle == nil, let transport {
                // It also requests contents of files that only look like pointers, such as test data, which may not
                // exist.
                do { try transport.fetchContents(of: checkout.commit) } catch {
                    guard contents.store.missing(of: contents.files.contents).isEmpty else { throw error }
                }
            }
            return LFSGap(
                contents,
                below: checkout.path,
                because: obstacle ?? "git-lfs leaves them out, by its configuration or by .lfsconfig"
            )
        }
    }

    // MARK: - A slave

    /// Takes the missing contents from the master, as far as it has them.
    func take(_ contents: LFSContents, of checkout: Checkout, from master: any ProjectSource) async throws {
        guard checkout.hasContents else { return }
        var missing = try await thread.run { _ in contents.store.missing(of: contents.files.contents) }
        while !missing.isEmpty {
            let portion = Array(missing.prefix(ExportRequest.itemLimit))
            missing.removeFirst(portion.count)
            do {
                try await take(portion, of: checkout, from: master, into: contents.store, isRepeated: false)
            } catch let damage as LFSDamage {
                context.logger.warning("Asking the master once more. \(damage.message)")
                try await take(portion, of: checkout, from: master, into: contents.store, isRepeated: true)
            }
        }
        if let gap = LFSGap(contents, below: checkout.path, because: "the master does not have them") {
            context.logger.warning("\(gap.sentence)")
        }
    }

    private func take(
        _ contents: [LFSContent],
        of checkout: Checkout,
        from master: any ProjectSource,
        into store: LFSStore,
        isRepeated: Bool
    ) async throws {
        let request = ExportRequest(
            .contents,
            repository: checkout.url.withoutCredentials,
            commit: "\(checkout.commit)",
            items: contents.map(\.hash),
            isRepeated: isRepeated
        )
        let receiver = LFSReceiver(store: store)
        for try await bytes in try await master.request(request.bytes) {
            try await thread.run { _ in try receiver.take(bytes) }
        }
        // A canceled stream ends as if it were complete.
        try Task.checkCancellation()
        try receiver.end()
    }
}

extension Mirror {
    private var lfsNotes: String { "\(path)/clusterrunner/lfs" }

    /// Finds the files of a commit whose contents are in Git LFS.
    func lfsFiles(of commit: ObjectID, _ stop: StopFlag) throws -> LFSFiles {
        let last = FileManager.default.contents(atPath: lfsNotes).flatMap { LFSFiles(Array($0)) }
        let files = try withRepository { try LFSScan(repository: $0, stop: stop).files(of: commit, knowing: last) }
        if files != last, (try? makeDirectory("\(path)/clusterrunner")) != nil {
            // Without the notes the next search takes longer.
            try? Data(files.bytes).write(to: URL(filePath: lfsNotes), options: .atomic)
        }
        return files
    }
}
