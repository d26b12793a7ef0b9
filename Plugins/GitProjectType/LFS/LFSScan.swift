import CGit2
import ClusterRunnerFiles
import Glibc

/// A search for the files of a commit whose contents are in Git LFS: pointers with the filter `lfs` in the commit's
/// `.gitattributes`.
struct LFSScan {
    let repository: OpaquePointer
    let stop: StopFlag

    private static let attributesName = ".gitattributes"
    private static let filter = "filter=lfs"

    /// Finds the files of a commit; those of another one, if given, save examining the common files.
    func files(of commit: ObjectID, knowing last: LFSFiles?) throws -> LFSFiles {
        if let last, last.commit == commit { return last }
        return try withTree(of: commit) { tree in
            if let last, let files = try? update(last, to: tree, of: commit) { return files }
            return try all(in: tree, of: commit)
        }
    }

    private func withTree<Result>(of commit: ObjectID, _ body: (OpaquePointer) throws -> Result) throws -> Result {
        var oid = commit.oid
        return try withHandle(freedBy: git_commit_free, from: { git_commit_lookup(&$0, repository, &oid) }) { commit in
            try withHandle(freedBy: git_tree_free, from: { git_commit_tree(&$0, commit) }, body)
        }
    }

    // MARK: - All files

    private func all(in tree: OpaquePointer, of commit: ObjectID) throws -> LFSFiles {
        var found = LFSFiles(commit: commit, isUsed: false)
        try walk(tree) { path, entry in
            guard !found.isUsed, path.isNamed(Self.attributesName) else { return }
            found.isUsed = try namesFilter(ObjectID(git_tree_entry_id(entry).pointee))
        }
        guard found.isUsed else { return found }
        try walk(tree) { path, entry in
            let mode = UInt32(git_tree_entry_filemode(entry).rawValue)
            found.files[path] = try file(at: path, ObjectID(git_tree_entry_id(entry).pointee), mode, commit)
        }
        return found
    }

    /// Calls `body` with each file; a list instead of recursion, since the author of a commit decides about its depth.
    private func walk(_ root: OpaquePointer, _ body: (FileName, OpaquePointer) throws -> Void) throws {
        var trees = [(FileName([]), ObjectID(git_tree_id(root).pointee))]
        while let (path, id) = trees.popLast() {
            try stop.check()
            var oid = id.oid
            try withHandle(freedBy: git_tree_free, from: { git_tree_lookup(&$0, repository, &oid) }) { tree in
                for index in 0..<git_tree_entrycount(tree) {
                    guard let entry = git_tree_entry_byindex(tree, index), let name = git_tree_entry_name(entry) else {
                        continue
                    }
                    let place = path.appending(FileName(UnsafeRawBufferPointer(start: name, count: strlen(name))))
                    switch git_tree_entry_type(entry) {
                    case GIT_OBJECT_TREE: trees.append((place, ObjectID(git_tree_entry_id(entry).pointee)))
                    case GIT_OBJECT_BLOB: try body(place, entry)
                    default: continue
                    }
                }
            }
        }
    }

    private func namesFilter(_ blob: ObjectID) throws -> Bool {
        try withContent(of: blob) { bytes in String(decoding: bytes, as: UTF8.self).contains(Self.filter) }
    }

    // MARK: - Differences from another commit

    /// Updates the files of another commit; nil when the rules for them have changed.
    private func update(_ last: LFSFiles, to tree: OpaquePointer, of commit: ObjectID) throws -> LFSFiles? {
        try withTree(of: last.commit) { old in
            try withHandle(freedBy: git_diff_free, from: { git_diff_tree_to_tree(&$0, repository, old, tree, nil) }) {
                var files = LFSFiles(commit: commit, isUsed: last.isUsed, files: last.files)
                for number in 0..<git_diff_num_deltas($0) {
                    guard let delta = git_diff_get_delta($0, number)?.pointee, let text = delta.new_file.path else {
                        continue
                    }
                    let path = FileName(UnsafeRawBufferPointer(start: text, count: strlen(text)))
                    guard !path.isNamed(Self.attributesName) else { return nil }
                    guard files.isUsed else { continue }
                    let (id, mode) = (ObjectID(delta.new_file.id), UInt32(delta.new_file.mode))
                    files.files[path] =
                        delta.status == GIT_DELTA_DELETED ? nil : try file(at: path, id, mode, commit)
                }
                return files
            }
        }
    }

    // MARK: - One file

    private func file(
        at path: FileName,
        _ blob: ObjectID,
        _ mode: UInt32,
        _ commit: ObjectID
    ) throws -> LFSFiles.File? {
        let isRegular = mode == GIT_FILEMODE_BLOB.rawValue || mode == GIT_FILEMODE_BLOB_EXECUTABLE.rawValue
        // The cheapest check first: most files are too large for pointers.
        guard isRegular, try isSmall(blob), hasFilter(path, commit),
            let content = try withContent(of: blob, { LFSContent(pointer: $0) })
        else { return nil }
        return LFSFiles.File(blob: blob, content: content)
    }

    private func isSmall(_ blob: ObjectID) throws -> Bool {
        var oid = blob.oid
        return try withHandle(freedBy: git_odb_free, from: { git_repository_odb(&$0, repository) }) { odb in
            var size = 0
            var type = GIT_OBJECT_INVALID
            try checked(git_odb_read_header(&size, &type, odb, &oid))
            return (100..<LFSContent.pointerLimit).contains(size)
        }
    }

    private func hasFilter(_ path: FileName, _ commit: ObjectID) -> Bool {
        var options = git_attr_options()
        options.version = UInt32(GIT_ATTR_OPTIONS_VERSION)
        options.flags = UInt32(GIT_ATTR_CHECK_INCLUDE_COMMIT)
        options.attr_commit_id = commit.oid
        var value: UnsafePointer<CChar>?
        guard git_attr_get_ext(&value, repository, &options, path.cString, "filter") == 0, let value else {
            return false
        }
        return git_attr_value(value) == GIT_ATTR_VALUE_STRING && strcmp(value, "lfs") == 0
    }

    private func withContent<Result>(
        of blob: ObjectID,
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        var oid = blob.oid
        return try withHandle(freedBy: git_blob_free, from: { git_blob_lookup(&$0, repository, &oid) }) { blob in
            try body(UnsafeRawBufferPointer(start: git_blob_rawcontent(blob), count: Int(git_blob_rawsize(blob))))
        }
    }
}

extension FileName {
    /// Whether the last component of the path is this name.
    fileprivate func isNamed(_ name: String) -> Bool {
        let (path, name) = (bytes, Array(name.utf8))
        return path.suffix(name.count).elementsEqual(name)
            && (path.count == name.count || path[path.count - name.count - 1] == UInt8(ascii: "/"))
    }
}
