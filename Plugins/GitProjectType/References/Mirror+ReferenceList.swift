import CGit2
import ClusterRunnerFiles
import Foundation
import Glibc

/// The builds' lists of references, stored in the mirror by their digests.
extension Mirror {
    // Maximum number of lists: concurrent builds have different ones, those of past builds are not needed.
    private static let listLimit = 64

    /// The folder of the mirror for notes that git does not know.
    private var notes: String { "\(path)/clusterrunner" }

    /// Makes the list for a workspace with a commit: its reachable tags, the built branch, and the remote's default
    /// branch.
    func makeReferenceList(
        for commit: ObjectID,
        branch: ReferenceName?,
        in repository: OpaquePointer,
        stop: StopFlag
    ) throws -> ReferenceList {
        try makeDirectory(notes)
        let defaultBranch = Self.defaultBranch(in: repository)
        let tags = try reachableTags(from: commit, in: repository, stop)
        var branches: [ReferenceList.Entry] = []
        for name in [branch, defaultBranch] {
            guard let name, name.hasPrefix("refs/heads/"), !branches.contains(where: { $0.name == name }),
                // A deleted branch may conflict with a branch that uses its name as a folder.
                !branches.contains(where: { $0.name.excludes(name) }),
                let tip = try Self.tip(of: name, in: repository), try Self.hasCommit(tip, in: repository)
            else { continue }
            // It was fetched with everything it needs.
            try Self.markComplete(tip, in: repository)
            branches.append(ReferenceList.Entry(name: name, id: tip))
        }
        return ReferenceList(tags + branches, defaultBranch: defaultBranch)
    }

    private func reachableTags(
        from commit: ObjectID,
        in repository: OpaquePointer,
        _ stop: StopFlag
    ) throws -> [ReferenceList.Entry] {
        let tags = try Self.tags(in: repository).compactMap { tag -> ReferenceList.Entry? in
            guard let target = Self.commit(behind: tag.id, in: repository) else { return nil }
            return ReferenceList.Entry(name: tag.name, id: tag.id, peeled: target == tag.id ? nil : target)
        }
        let ancestry = Ancestry(repository: repository, stop: stop, cache: "\(notes)/ancestry")
        let reached = try ancestry.ancestors(of: commit, among: Set(tags.map { $0.peeled ?? $0.id }))
        return tags.filter { reached.contains($0.peeled ?? $0.id) }
    }

    /// Resolves a tag to its commit; nil when it points to another object, or one that is not here.
    private static func commit(behind tag: ObjectID, in repository: OpaquePointer) -> ObjectID? {
        var oid = tag.oid
        return try? withHandle(
            freedBy: git_object_free,
            from: { git_object_lookup(&$0, repository, &oid, GIT_OBJECT_ANY) },
            { object in
                try withHandle(freedBy: git_object_free, from: { git_object_peel(&$0, object, GIT_OBJECT_COMMIT) }) {
                    ObjectID(git_object_id($0).pointee)
                }
            }
        )
    }

    /// Stores a list for its build.
    ///
    /// - Returns: its digest.
    @discardableResult
    func keep(_ list: ReferenceList) throws -> ObjectID {
        let digest = try list.digest
        try makeDirectory(notes)
        let path = file(of: digest)
        guard utimes(path, nil) != 0 else { return digest }
        try Data(list.bytes).write(to: URL(filePath: path), options: .atomic)
        removeOldLists()
        return digest
    }

    /// Returns the list with a digest; nil when it is not stored here.
    func referenceList(_ digest: ObjectID) -> ReferenceList? {
        guard let data = FileManager.default.contents(atPath: file(of: digest)),
            let list = ReferenceList(Array(data)), (try? list.digest) == digest
        else { return nil }
        return list
    }

    private func file(of digest: ObjectID) -> String { "\(notes)/references-\(digest)" }

    private func removeOldLists() {
        let lists = DirectoryListing.texts(in: notes).filter { $0.hasPrefix("references-") }.map { "\(notes)/\($0)" }
        guard lists.count > Self.listLimit else { return }
        let byAge = lists.map { (path: $0, time: FileStatus(path: $0)?.modified.seconds ?? 0) }
        for list in byAge.sorted(by: { $0.time > $1.time }).dropFirst(Self.listLimit) { unlink(list.path) }
    }
}

// MARK: - Missing objects

extension Mirror {
    /// Finds the objects of a list that are not completely here.
    ///
    /// It records its findings, so the caller must have exclusive access to the mirror.
    static func lacking(_ list: ReferenceList, in repository: OpaquePointer, stop: StopFlag) throws -> [ObjectID] {
        let lacking = try list.filter { try !isWhole($0, in: repository, stop) }
        for branch in list.branches where !lacking.branches.contains(branch) {
            try markComplete(branch.id, in: repository)
        }
        return lacking.entries.map(\.id)
    }

    /// Returns the list with a digest, without references whose objects are missing; nil when it is not stored.
    func wholeReferences(_ digest: ObjectID, stop: StopFlag) throws -> ReferenceList? {
        guard let list = referenceList(digest) else { return nil }
        return try withRepository { repository in try list.filter { try Self.isWhole($0, in: repository, stop) } }
    }

    /// Whether the objects of a reference are here; those of a tag belong to the commit's history.
    private static func isWhole(
        _ entry: ReferenceList.Entry,
        in repository: OpaquePointer,
        _ stop: StopFlag
    ) throws -> Bool {
        guard !entry.isTag else { return try hasObject(entry.id, in: repository) }
        if isComplete(entry.id, in: repository) { return true }
        guard try hasCommit(entry.id, in: repository) else { return false }
        do {
            let complete = try completeCommits(in: repository)
            try Connectivity(repository: repository, stop: stop).check(entry.id, knowing: complete)
            return true
        } catch is GitFailure {
            return false
        }
    }
}
