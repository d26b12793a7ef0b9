import CGit2

/// A repository inside a repository, at the commit named by the outer one.
struct Submodule: Equatable {
    /// Its path in the outer repository.
    let path: String
    /// Its address as written in `.gitmodules`.
    let address: String
    /// The commit.
    let commit: ObjectID
}

/// The search for the submodules of a commit.
enum Submodules {
    /// Finds the submodules of a commit.
    ///
    /// Like git, ignores entries of `.gitmodules` without a commit in the tree, wherever they point, and those with
    /// `update = none`.
    static func of(_ commit: ObjectID, in repository: OpaquePointer) throws -> [Submodule] {
        var oid = commit.oid
        return try withHandle(
            freedBy: git_commit_free,
            from: { git_commit_lookup(&$0, repository, &oid) },
            { commit in
                try withHandle(freedBy: git_tree_free, from: { git_commit_tree(&$0, commit) }) { tree in
                    guard let text = try text(of: ".gitmodules", in: tree, repository) else { return [] }
                    return try GitModules.entries(in: text).filter { $0.update != "none" }.compactMap { entry in
                        guard let commit = submoduleCommit(at: entry.path, in: tree) else { return nil }
                        let path = try RelativePath.checked(entry.path, called: "path")
                        return Submodule(path: path, address: entry.url, commit: commit)
                    }
                }
            }
        )
    }

    /// Returns the commit that a tree names at a path; nil if it has another entry there, or the path leads through a
    /// symbolic link.
    private static func submoduleCommit(at path: String, in tree: OpaquePointer) -> ObjectID? {
        try? withHandle(freedBy: git_tree_entry_free, from: { git_tree_entry_bypath(&$0, tree, path) }) { entry in
            guard git_tree_entry_filemode(entry) == GIT_FILEMODE_COMMIT else { return nil }
            return ObjectID(git_tree_entry_id(entry).pointee)
        }
    }

    private static func text(of name: String, in tree: OpaquePointer, _ repository: OpaquePointer) throws -> String? {
        guard let entry = git_tree_entry_byname(tree, name), git_tree_entry_filemode(entry) != GIT_FILEMODE_LINK else {
            return nil
        }
        return try withHandle(
            freedBy: git_blob_free,
            from: { git_blob_lookup(&$0, repository, git_tree_entry_id(entry)) },
            { blob in
                let bytes = UnsafeRawBufferPointer(start: git_blob_rawcontent(blob), count: Int(git_blob_rawsize(blob)))
                return String(decoding: bytes, as: UTF8.self)
            }
        )
    }
}
