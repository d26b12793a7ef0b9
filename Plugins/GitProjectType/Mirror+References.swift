import CGit2
import Foundation
import Glibc

/// The references of a mirror.
///
/// * `refs/clusterrunner/commits/ID`: commits that are complete here.
/// * `refs/clusterrunner/tips/HASH`: the last known object of a reference of the remote, by the hash of its name, so
/// that a branch `a/b` can follow a deleted branch `a`. ``tip(of:in:)`` looks one up.
/// * `refs/clusterrunner/all/...`: all references, from searches for a commit on no known branch.
/// * `refs/tags/NAME`: the remote's tags, as far as their objects are here. A fetch follows them as `git fetch` does,
/// so that the tags of other histories cost nothing. Tags that the remote moved or removed are deleted first.
/// * `HEAD` names the remote's default branch, which is fetched along with every branch.
///
/// A workspace gets the tags that its commit can reach, and the tips of the built and the default branch.
extension Mirror {
    /// The prefix of all references that a search has fetched from the remote.
    static let allReferences = "refs/clusterrunner/all/"

    /// Makes the repository see objects that were written since it was opened.
    static func refresh(_ repository: OpaquePointer) throws {
        try withHandle(freedBy: git_odb_free, from: { git_repository_odb(&$0, repository) }) {
            _ = try checked(git_odb_refresh($0))
        }
    }

    /// Records the name of the remote's default branch.
    static func noteDefaultBranch(_ name: ReferenceName?, in repository: OpaquePointer) throws {
        guard let name else { return }
        try checked(git_repository_set_head(repository, name.cString))
    }

    /// Returns the full name of the remote's default branch when last seen; nil if no remote has named one.
    static func defaultBranch(in repository: OpaquePointer) -> ReferenceName? {
        try? withHandle(freedBy: git_reference_free, from: { git_reference_lookup(&$0, repository, "HEAD") }) { head in
            git_reference_symbolic_target(head).map { ReferenceName(cString: $0) }
        }
    }

    /// Returns the tags of the mirror, by their full names.
    static func tags(in repository: OpaquePointer) throws -> [RemoteReference] {
        try references("refs/tags/*", in: repository).compactMap { name in
            var found = git_oid()
            guard git_reference_name_to_id(&found, repository, name.cString) == 0 else { return nil }
            return RemoteReference(name: name, id: ObjectID(found))
        }
    }

    // Number of single files of references up to which reading them is fast.
    private static let looseLimit = 100

    /// Packs references into one file, when there are many single files.
    static func packReferences(in repository: OpaquePointer) throws {
        guard let path = git_repository_path(repository) else { return }
        let names = try? FileManager.default.contentsOfDirectory(atPath: String(cString: path) + "refs/tags")
        guard names?.count ?? 0 > looseLimit else { return }
        try withHandle(freedBy: git_refdb_free, from: { git_repository_refdb(&$0, repository) }) {
            _ = try checked(git_refdb_compress($0))
        }
    }

    /// Removes tags that the remote no longer has or has moved.
    static func dropOutdatedTags(for offer: RemoteOffer, in repository: OpaquePointer) throws {
        let offered = Dictionary(offer.tags.map { ($0.tag.name, $0.tag.id) }, uniquingKeysWith: { first, _ in first })
        for tag in try tags(in: repository) where offered[tag.name] != tag.id {
            try checked(git_reference_remove(repository, tag.name.cString))
        }
    }

    /// Writes the tags whose objects are here; returns those that are missing although their target is here.
    static func adoptTags(of offer: RemoteOffer, in repository: OpaquePointer) throws -> [RemoteReference] {
        let here = Set(try tags(in: repository).map(\.name))
        var missing: [RemoteReference] = []
        for (tag, target) in offer.tags where !here.contains(tag.name) && tag.name.isValid {
            if try hasObject(tag.id, in: repository) {
                var oid = tag.id.oid
                try withHandle(
                    freedBy: git_reference_free,
                    from: { git_reference_create(&$0, repository, tag.name.cString, &oid, 1, nil) },
                    { _ in }
                )
            } else if try hasObject(target, in: repository) {
                missing.append(tag)
            }
        }
        return missing
    }
}

// MARK: - Shallow histories

extension Mirror {
    /// Whether the history is cut off somewhere, as in the remote itself.
    var isShallow: Bool { access("\(path)/shallow", F_OK) == 0 }

    /// Returns the commits at which the history is cut off.
    static func boundaries(in repository: OpaquePointer) throws -> Set<ObjectID> {
        guard let directory = git_repository_path(repository) else { return [] }
        let text = try? String(contentsOfFile: String(cString: directory) + "shallow", encoding: .utf8)
        return Set((text ?? "").split(whereSeparator: \.isNewline).compactMap { ObjectID(hex: String($0)) })
    }

    /// Cuts the history off at more commits.
    func addBoundaries(_ commits: [ObjectID]) throws {
        guard !commits.isEmpty else { return }
        let all = try withRepository { try Self.boundaries(in: $0) }.union(commits)
        let text = all.map { "\($0)\n" }.sorted().joined()
        try Data(text.utf8).write(to: URL(filePath: "\(path)/shallow"), options: .atomic)
    }
}
