import CGit2

/// A check that a repository has everything that a commit needs.
///
/// A pack with a part of the history only is valid too, and adding one checks no more than its validity.
struct Connectivity {
    let repository: OpaquePointer
    let stop: StopFlag

    /// Walks from the commit over all history, directories and files; commits in `complete` are not checked again.
    ///
    /// - Throws: ``GitFailure`` that names the first missing object.
    func check(_ commit: ObjectID, knowing complete: [ObjectID]) throws {
        var seen: Set<ObjectID> = []
        try withHandle(freedBy: git_odb_free, from: { git_repository_odb(&$0, repository) }) { odb in
            try History(repository: repository, stop: stop).walk(from: commit, without: complete) { next in
                try checkTree(try rootTree(of: next), odb, &seen)
            }
        }
    }

    private func rootTree(of commit: git_oid) throws -> ObjectID {
        var commit = commit
        return try withHandle(freedBy: git_commit_free, from: { git_commit_lookup(&$0, repository, &commit) }) {
            ObjectID(git_commit_tree_id($0).pointee)
        }
    }

    /// Walks a directory with a list instead of recursion: the author of the commit decides about its depth.
    private func checkTree(_ root: ObjectID, _ odb: OpaquePointer, _ seen: inout Set<ObjectID>) throws {
        var trees = seen.insert(root).inserted ? [root] : []
        while let tree = trees.popLast() {
            try stop.check()
            var oid = tree.oid
            try withHandle(freedBy: git_tree_free, from: { git_tree_lookup(&$0, repository, &oid) }) { tree in
                for index in 0..<git_tree_entrycount(tree) {
                    guard let entry = git_tree_entry_byindex(tree, index) else { continue }
                    let id = ObjectID(git_tree_entry_id(entry).pointee)
                    switch git_tree_entry_type(entry) {
                    // The commit of a submodule is in another repository.
                    case GIT_OBJECT_COMMIT: continue
                    case _ where !seen.insert(id).inserted: continue
                    case GIT_OBJECT_TREE: trees.append(id)
                    default: try checkExistence(of: id, odb)
                    }
                }
            }
        }
    }

    private func checkExistence(of id: ObjectID, _ odb: OpaquePointer) throws {
        var oid = id.oid
        guard git_odb_exists(odb, &oid) == 1 else {
            throw GitFailure(code: GIT_ENOTFOUND.rawValue, message: "the object \(id) is missing")
        }
    }
}
