import CGit2
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation
import Glibc

/// A directory in which one commit is checked out.
///
/// It is a whole repository for git commands of jobs, but takes all objects from the mirror. No change of a job reaches
/// the mirror or another build: a directory of an earlier build is restored to the commit, and its repository is made
/// again.
struct Workspace {
    let directory: String
    /// The name of the remote in it.
    let remote: String
    /// The paths inside it of submodules with checkouts of their own.
    let submodules: [String]
    /// The tags and branches of the remote that it gets.
    let references: ReferenceList?
    /// The contents that replace pointers of Git LFS.
    let contents: LFSContents?
    /// The state of its files after the last checkout.
    let state: WorkspaceState
    /// The trash for everything that does not belong into the workspace.
    let trash: Trash
    let stop: StopFlag
    /// A directory of objects that becomes its own; without it, they come from the mirror.
    var objects: String?

    /// Restores the directory, whatever its state, to a commit; a user of jobs gets all files.
    func checkOut(_ commit: ObjectID, from mirror: Mirror, as user: JobUser? = nil) throws {
        // The trash starts a thread, which must have the service's rights.
        defer { trash.discard(discarded) }
        try user.act(readingAll: true) { try checkOutHere(commit, from: mirror) }
    }

    private func checkOutHere(_ commit: ObjectID, from mirror: Mirror) throws {
        do {
            do {
                try bring(to: commit, from: mirror)
            } catch let failure as GitFailure where failure.is(GIT_EMISMATCH) {
                // The snapshot does not match the files: all files are checked out again.
                unlink(state.snapshot)
                try bring(to: commit, from: mirror)
            }
        } catch let failure as GitFailure {
            throw ClusterRunnerError(
                .failed,
                "Checking out the commit \(commit) of \(mirror.url.withoutCredentials) failed: \(failure).",
                cause: failure.asCause
            )
        }
    }

    private func bring(to commit: ObjectID, from mirror: Mirror) throws {
        try makeDirectory(discarded)
        try makeDirectory(directory)
        try makeRepository(from: mirror)
        let written = state.restore()
        try withHandle(freedBy: git_repository_free, from: { git_repository_open(&$0, directory) }) { repository in
            try withHandle(freedBy: git_index_free, from: { git_repository_index(&$0, repository) }) { index in
                try writeReferences()
                let known = KnownFiles(
                    index: index,
                    of: repository,
                    written: written,
                    contents: contents?.files.files ?? [:],
                    stop: stop
                )
                try fill(repository, index, known, commit, from: mirror)
            }
        }
        try state.save()
    }

    /// The folder for remains of earlier builds; beside the state, on the same file system.
    private var discarded: String { "\(state.folder)/discarded" }

    /// Makes the repository, in place of the existing one.
    private func makeRepository(from mirror: Mirror) throws {
        // At a retry they are in the repository already.
        if let objects, access(objects, F_OK) != 0 { rename("\(directory)/.git/objects", objects) }
        try discard(FileName(".git".utf8))
        try withHandle(freedBy: git_repository_free, from: { git_repository_init(&$0, directory, 0) }) { _ in }
        try provideObjects(of: mirror)
        let boundaries = try mirror.withRepository { try Mirror.boundaries(in: $0) }
        guard !boundaries.isEmpty else { return }
        try Data(boundaries.map { "\($0)\n" }.joined().utf8).write(to: URL(filePath: "\(directory)/.git/shallow"))
    }

    /// Writes the references, before anything reads them.
    private func writeReferences() throws {
        guard let references else { return }
        try Data(references.packed(remote: remote)).write(to: URL(filePath: "\(directory)/.git/packed-refs"))
        guard let name = references.defaultBranch?.dropping("refs/heads/") else { return }
        let folder = "\(directory)/.git/refs/remotes/\(remote)"
        try makeDirectory(folder)
        let head = Array("ref: refs/remotes/\(remote)/".utf8) + name.bytes + [UInt8(ascii: "\n")]
        try Data(head).write(to: URL(filePath: "\(folder)/HEAD"))
    }

    private func provideObjects(of mirror: Mirror) throws {
        guard let objects else {
            return try Data("\(mirror.path)/objects\n".utf8)
                .write(to: URL(filePath: "\(directory)/.git/objects/info/alternates"))
        }
        try discard(FileName(".git/objects".utf8))
        guard rename(objects, "\(directory)/.git/objects") == 0 else {
            throw systemError("The objects of a workspace could not be put into place")
        }
    }

    private func fill(
        _ repository: OpaquePointer,
        _ index: OpaquePointer,
        _ known: KnownFiles,
        _ commit: ObjectID,
        from mirror: Mirror
    ) throws {
        try withHandle(
            freedBy: git_remote_free,
            from: { git_remote_create(&$0, repository, remote, mirror.url.withoutCredentials) },
            { _ in }
        )
        var oid = commit.oid
        try checked(git_repository_set_head_detached(repository, &oid))
        try withHandle(freedBy: git_commit_free, from: { git_commit_lookup(&$0, repository, &oid) }) { commit in
            try withHandle(freedBy: git_tree_free, from: { git_commit_tree(&$0, commit) }) { tree in
                var known = known
                known.untrusted = try changedAttributes(index, tree, in: repository)
                let missing = try clean(known, tree, in: repository)
                try checked(git_attr_cache_flush(repository))
                if !missing.isEmpty { try write(missing, of: commit, in: repository) }
                try match(index, to: tree, in: repository)
                if let contents {
                    let filler = LFSFiller(directory: FileName(directory.utf8), contents: contents, stop: stop)
                    try filler.fill(index)
                }
                try checked(git_index_write(index))
            }
        }
    }

    /// Finds the directories whose attributes differ from the last checkout, so that their files must be written again.
    private func changedAttributes(
        _ index: OpaquePointer,
        _ tree: OpaquePointer,
        in repository: OpaquePointer
    ) throws -> [FileName] {
        var options = git_diff_options()
        try checked(git_diff_options_init(&options, UInt32(GIT_DIFF_OPTIONS_VERSION)))
        return try withStringArray(["*.gitattributes"]) { patterns in
            options.pathspec = patterns.pointee
            return try withHandle(
                freedBy: git_diff_free,
                from: { git_diff_tree_to_index(&$0, repository, tree, index, &options) },
                { diff in
                    try (0..<git_diff_num_deltas(diff)).compactMap { number in
                        guard let delta = git_diff_get_delta(diff, number)?.pointee, let path = delta.old_file.path
                        else { return nil }
                        // The library would go by the file in the index, too, which the commit has no more.
                        if delta.status == GIT_DELTA_ADDED { try checked(git_index_remove(index, path, 0)) }
                        return FileName(UnsafeRawBufferPointer(start: path, count: strlen(path))).parent
                    }
                }
            )
        }
    }

    private func clean(_ known: KnownFiles, _ tree: OpaquePointer, in repository: OpaquePointer) throws -> [FileName] {
        var cleaner = WorkspaceCleaner(
            root: FileName(directory.utf8),
            known: known,
            submodules: Set(submodules.map { FileName($0.utf8) }),
            stop: stop,
            discard: discard
        )
        try cleaner.clean(ObjectID(git_tree_id(tree).pointee), in: repository)
        return cleaner.missing
    }

    /// Moves a path of the workspace away, with one rename.
    private func discard(_ path: FileName) throws {
        let source = FileName(directory.utf8).appending(path)
        let target = "\(discarded)/\(UInt64.random(in: .min ... .max))"
        if rename(source.cString, target) == 0 || errno == ENOENT { return }
        // A moved directory must be writable itself, because its ".." changes.
        if errno == EACCES, fchmodat(AT_FDCWD, source.cString, 0o755, AT_SYMLINK_NOFOLLOW) == 0,
            rename(source.cString, target) == 0
        {
            return
        }
        throw systemError(
            "\"\(String(decoding: source.bytes, as: UTF8.self))\", which an earlier build left, could not be removed"
        )
    }

    private func write(_ paths: [FileName], of commit: OpaquePointer, in repository: OpaquePointer) throws {
        var options = git_checkout_options()
        try checked(git_checkout_options_init(&options, UInt32(GIT_CHECKOUT_OPTIONS_VERSION)))
        options.checkout_strategy = GIT_CHECKOUT_FORCE.rawValue | GIT_CHECKOUT_DISABLE_PATHSPEC_MATCH.rawValue
        // Reports each file before it is written, and is the only callback of a checkout that can stop it.
        options.notify_flags = GIT_CHECKOUT_NOTIFY_ALL.rawValue
        options.notify_payload = Unmanaged.passUnretained(stop).toOpaque()
        options.notify_cb = { _, _, _, _, _, payload in
            guard let payload else { return 0 }
            return Unmanaged<StopFlag>.fromOpaque(payload).takeUnretainedValue().isSet ? GIT_EUSER.rawValue : 0
        }
        try withStringArray(paths.map(\.cString)) { array in
            options.paths = array.pointee
            try checked(git_checkout_tree(repository, commit, &options))
        }
    }

    /// Removes entries of the index that the commit does not have, and adds submodules, which a checkout leaves out.
    ///
    /// - Throws: ``GitFailure`` with `GIT_EMISMATCH` for any other difference.
    private func match(_ index: OpaquePointer, to tree: OpaquePointer, in repository: OpaquePointer) throws {
        try withHandle(
            freedBy: git_diff_free,
            from: { git_diff_tree_to_index(&$0, repository, tree, index, nil) },
            { diff in
                let deltas = (0..<git_diff_num_deltas(diff)).compactMap { git_diff_get_delta(diff, $0)?.pointee }
                // Removals first: they must not remove the entry that replaces a file at its path.
                for delta in deltas where delta.status == GIT_DELTA_ADDED {
                    try checked(git_index_remove_bypath(index, delta.new_file.path))
                }
                for delta in deltas where delta.status != GIT_DELTA_ADDED {
                    guard delta.old_file.mode == UInt16(GIT_FILEMODE_COMMIT.rawValue) else {
                        let path = delta.old_file.path.map { String(cString: $0) } ?? ""
                        throw GitFailure(code: GIT_EMISMATCH.rawValue, message: "\"\(path)\" was not checked out")
                    }
                    var entry = git_index_entry()
                    entry.mode = GIT_FILEMODE_COMMIT.rawValue
                    entry.id = delta.old_file.id
                    entry.path = delta.old_file.path
                    try checked(git_index_add(index, &entry))
                }
            }
        )
    }
}
