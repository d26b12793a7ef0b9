import CGit2
import ClusterRunnerFiles
import Foundation
import Glibc
import Logging

/// The bare copy of one remote repository that this machine keeps from build to build.
///
/// All workspaces of the repository take their objects from it. It only grows: objects that a workspace needs are never
/// removed. A reference of its own marks each commit that is known to be complete here.
struct Mirror: Sendable {
    /// The repository it is a mirror of.
    let url: GitURL
    /// The directory of the mirror.
    let path: String

    init(url: GitURL, path: String) {
        self.url = url
        self.path = path
    }

    /// Creates the mirror of `url` below `directory`; credentials make no difference.
    init(of url: GitURL, below directory: String) throws {
        try self.init(url: url, path: "\(directory)/\(ObjectID(hashing: url.withoutCredentials))")
    }

    /// Lends the mirror to one writer at a time, across processes and builds.
    ///
    /// Creates it first if it is missing. When it proves to be damaged, or is the one that a caller has found
    /// `damaged`, `body` is called once more with a new and empty one. The old one is restored if that fails too, since
    /// the fault may be the remote's. Without `mending` only the mirror given as damaged is discarded.
    func withExclusiveAccess<Result>(
        damaged: Generation? = nil,
        mending isMended: Bool = true,
        _ logger: Logger,
        _ body: (OpaquePointer) throws -> Result
    ) throws -> Result {
        try makeDirectory(NSString(string: path).deletingLastPathComponent)
        // The lock file stays: removing it would let two writers lock two different files of the same name.
        return try withFileLock(at: "\(path).lock") {
            try removeRemains()
            guard FileManager.default.fileExists(atPath: path) else {
                try make()
                return try withRepository(body)
            }
            guard damaged == nil || damaged != generation else {
                return try startingOver(logger, because: "a workspace could not be filled from it", body)
            }
            do {
                try checkObjects()
                return try withRepository { repository in
                    // A broken configuration shows only when it is first read.
                    try withHandle(freedBy: git_config_free, from: { git_repository_config(&$0, repository) }) { _ in }
                    return try body(repository)
                }
            } catch let error where isMended && GitFailure.isDamage(error) {
                return try startingOver(logger, because: "\(GitFailure.within(error)?.message ?? "")", body)
            }
        }
    }

    /// The identity of a mirror; a mirror that replaces a discarded one has another.
    struct Generation: Equatable, Sendable {
        fileprivate let file: UInt64
    }

    /// The identity of the current mirror; nil without one.
    var generation: Generation? {
        FileStatus(path: path).map { Generation(file: $0.identity.number) }
    }

    /// Lends the mirror to a reader.
    ///
    /// - Throws: ``GitFailure`` when it does not exist.
    func withRepository<Result>(_ body: (OpaquePointer) throws -> Result) throws -> Result {
        try withHandle(freedBy: git_repository_free, from: { git_repository_open_bare(&$0, path) }, body)
    }

    private func startingOver<Result>(
        _ logger: Logger,
        because reason: String,
        _ body: (OpaquePointer) throws -> Result
    ) throws -> Result {
        logger.warning("Making the mirror of \(url.withoutCredentials) anew, it is damaged: \(reason).")
        guard rename(path, aside) == 0 else { throw systemError("The damaged mirror \"\(path)\" could not be moved") }
        do {
            try make()
            for folder in Self.kept { rename("\(aside)/\(folder)", "\(path)/\(folder)") }
            let result = try withRepository(body)
            removeTree(aside)
            return result
        } catch {
            for folder in Self.kept { rename("\(path)/\(folder)", "\(aside)/\(folder)") }
            removeTree(path)
            rename(aside, path)
            throw error
        }
    }

    /// The undamaged parts of a damaged mirror: lists of references, and contents of Git LFS.
    private static let kept = ["clusterrunner", "lfs"]

    private func make() throws {
        try makeDirectory(path)
        try withHandle(freedBy: git_repository_free, from: { git_repository_init(&$0, path, 1) }) { _ in }
    }

    /// The place of a damaged mirror while a new one is filled.
    private var aside: String { "\(path).damaged" }

    /// Removes the remains of a killed process; no other process writes here now.
    private func removeRemains() throws {
        removeTree(aside)
        for name in ["HEAD", "config", "packed-refs", "shallow"] { unlink("\(path)/\(name).lock") }
    }
}

// MARK: - Packs

extension Mirror {
    /// Checks that all objects are here, in complete packs: an index repeats the hash at the end of its pack.
    ///
    /// The library looks at a pack only when it needs an object of it; git in a workspace needs others.
    ///
    /// - Throws: ``GitFailure`` that means damage.
    private func checkObjects() throws {
        guard access("\(path)/objects/info/alternates", F_OK) != 0 else { throw Self.damage("it names other objects") }
        let folder = "\(path)/objects/pack"
        let names = DirectoryListing.texts(in: folder)
        for index in names where index.hasSuffix(".idx") {
            let pack = "\(index.dropLast(4)).pack"
            let hash = Self.end(of: "\(folder)/\(pack)", 20)
            guard let hash, hash == Self.end(of: "\(folder)/\(index)", 40)?.prefix(20) else {
                throw Self.damage("the pack \(pack) is not whole")
            }
        }
    }

    private static func damage(_ message: String) -> GitFailure {
        GitFailure(code: GIT_ERROR.rawValue, message: message, isDamage: true)
    }

    /// Reads the last bytes of a file; nil when it cannot be read or is shorter.
    private static func end(of path: String, _ count: Int) -> ArraySlice<UInt8>? {
        guard let size = FileStatus(path: path)?.size, size >= count,
            let bytes = try? ScratchFile(reading: path).read(at: size - count, count: count)
        else { return nil }
        return bytes[...]
    }

    /// Returns the path of the pack with all objects; nil when there are several packs, or objects outside of packs.
    func onlyPack() throws -> String? {
        let objects = try FileManager.default.contentsOfDirectory(atPath: "\(path)/objects")
        // Besides "info" and "pack" there are directories of single objects, named by two digits.
        guard objects.allSatisfy({ $0.count > 2 }) else { return nil }
        let packs = try FileManager.default.contentsOfDirectory(atPath: "\(path)/objects/pack")
            .filter { $0.hasSuffix(".pack") }
        return packs.count == 1 ? "\(path)/objects/pack/\(packs[0])" : nil
    }
}

// MARK: - Commits that are here completely

extension Mirror {
    private static let marks = "refs/clusterrunner/commits/"
    // Maximum number of marks; objects below older ones stay, but are no longer known to be complete.
    private static let markLimit = 256

    /// Whether the commit is known to be complete here.
    static func isComplete(_ commit: ObjectID, in repository: OpaquePointer) -> Bool {
        var found = git_oid()
        guard git_reference_name_to_id(&found, repository, "\(marks)\(commit)") == 0 else { return false }
        // A mark remains when files of its commit are lost.
        return (try? hasCommit(commit, in: repository)) ?? false
    }

    /// Whether the commit itself is here, regardless of other objects.
    static func hasCommit(_ commit: ObjectID, in repository: OpaquePointer) throws -> Bool {
        var oid = commit.oid
        return try withHandle(freedBy: git_odb_free, from: { git_repository_odb(&$0, repository) }) { odb in
            var size = 0
            var type = GIT_OBJECT_INVALID
            return git_odb_read_header(&size, &type, odb, &oid) == 0 && type == GIT_OBJECT_COMMIT
        }
    }

    /// Marks a commit as complete.
    static func markComplete(_ commit: ObjectID, in repository: OpaquePointer) throws {
        var oid = commit.oid
        try withHandle(
            freedBy: git_reference_free,
            from: { git_reference_create(&$0, repository, "\(marks)\(commit)", &oid, 1, nil) },
            { _ in }
        )
        for old in try completeCommits(in: repository).dropFirst(markLimit) where old != commit {
            try checked(git_reference_remove(repository, "\(marks)\(old)"))
        }
    }

    /// Returns the marked commits, newest first.
    static func completeCommits(in repository: OpaquePointer) throws -> [ObjectID] {
        var commits: [(id: ObjectID, time: Int64)] = []
        for name in try references("\(marks)*", in: repository) {
            guard let id = ObjectID(hex: name.dropping(marks)?.text ?? "") else { continue }
            var oid = id.oid
            // A mark without its commit, as left by a manual repair, is ignored.
            try? withHandle(freedBy: git_commit_free, from: { git_commit_lookup(&$0, repository, &oid) }) { commit in
                commits.append((id, git_commit_time(commit)))
            }
        }
        return commits.sorted { $0.time > $1.time }.map(\.id)
    }

    /// Records the last known object of a reference of the remote, which tells the next fetch what is already here.
    ///
    /// The record is named by a hash, so that a branch `a/b` can follow a deleted branch `a`.
    static func noteTip(of name: ReferenceName, at id: ObjectID, in repository: OpaquePointer) throws {
        var oid = id.oid
        let reference = try tipReference(of: name)
        try withHandle(
            freedBy: git_reference_free,
            from: { git_reference_create(&$0, repository, reference, &oid, 1, nil) },
            { _ in }
        )
    }

    /// Removes the record of a reference that the remote no longer has.
    static func forgetTip(of name: ReferenceName, in repository: OpaquePointer) throws {
        let code = git_reference_remove(repository, try tipReference(of: name))
        if code != GIT_ENOTFOUND.rawValue { try checked(code) }
    }

    /// Returns the mirror's own reference for a reference of the remote.
    static func tipReference(of name: ReferenceName) throws -> String {
        try "refs/clusterrunner/tips/\(ObjectID(hashing: name.bytes))"
    }

    /// Returns the last known object of a reference of the remote; nil if it is unknown or not here.
    static func tip(of name: ReferenceName, in repository: OpaquePointer) throws -> ObjectID? {
        var found = git_oid()
        guard git_reference_name_to_id(&found, repository, try tipReference(of: name)) == 0 else { return nil }
        return try hasObject(ObjectID(found), in: repository) ? ObjectID(found) : nil
    }

    /// Whether an object is here; uses the loaded list of packs, so that many calls cost little.
    static func hasObject(_ id: ObjectID, in repository: OpaquePointer) throws -> Bool {
        var oid = id.oid
        return try withHandle(freedBy: git_odb_free, from: { git_repository_odb(&$0, repository) }) { odb in
            git_odb_exists_ext(odb, &oid, GIT_ODB_LOOKUP_NO_REFRESH.rawValue) == 1
        }
    }

    /// Returns the names of references that match a pattern.
    static func references(_ pattern: String, in repository: OpaquePointer) throws -> [ReferenceName] {
        try withHandle(
            freedBy: git_reference_iterator_free,
            from: { git_reference_iterator_glob_new(&$0, repository, pattern) },
            { iterator in
                var names: [ReferenceName] = []
                var name: UnsafePointer<CChar>?
                while git_reference_next_name(&name, iterator) == 0, let found = name {
                    names.append(ReferenceName(cString: found))
                }
                return names
            }
        )
    }
}

/// Creates a directory and its missing parents.
func makeDirectory(_ path: String) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
}
