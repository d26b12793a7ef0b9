import CGit2
import ClusterRunnerFiles
package import ClusterRunnerPlugin
import Foundation

/// The rules by which git leaves files out of a working tree.
///
/// They stand in `.gitignore` files, in `.git/info/exclude` and in the file that `core.excludesFile` names. What git
/// tracks is never left out. A folder that belongs to no repository, or that the repository around it leaves out as a
/// whole, has the rules of the `.gitignore` files in it. Not for use by two threads at a time.
///
/// The git program lists the files where there is one. libgit2 1.5 differs from it: a negated pattern does not take
/// back a pattern with wildcards of a folder above.
package final class IgnoreRules {
    private let repository: OpaquePointer
    private let index: OpaquePointer
    /// The path of the folder in the working tree, with a final slash; empty for the top.
    private let prefix: ByteString
    /// What the git program lists; nil where it cannot.
    private let listing: WorkingTreeListing?
    /// A repository that was made for the rules, to be removed with them.
    private let scratch: String?

    /// Finds the rules of a folder.
    ///
    /// - Parameters:
    ///   - folder: a folder, in a working tree or not.
    ///   - usesProgram: whether the git program is asked.
    /// - Throws: ``ClusterRunnerError`` with the reason why its repository cannot be read.
    package convenience init(folder: ByteString, usesProgram: Bool = true) throws {
        let opened = try Self.explaining(folder) { () -> Opened? in
            guard let repository = try Self.discover(folder, flags: 0) else { return nil }
            let opened = try Opened(repository, folder)
            let isLeftOut = try opened.map { try Self.ignores(repository, $0.prefix.dropLast) } ?? true
            if opened == nil || isLeftOut { git_repository_free(repository) }
            return isLeftOut ? nil : opened
        }
        if let opened {
            let listing = usesProgram ? WorkingTreeListing(of: folder) : nil
            try self.init(opened, listing, scratch: nil)
        } else {
            try self.init(plainFolder: folder, usesProgram: usesProgram)
        }
    }

    /// Finds the rules of a repository whose working tree is a folder; nil when there is none.
    package convenience init?(ofRepositoryAt folder: ByteString) throws {
        let flags = GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue
        let opened = try Self.explaining(folder) { () -> Opened? in
            guard let repository = try Self.discover(folder, flags: flags) else { return nil }
            let opened = try Opened(repository, folder)
            if opened == nil { git_repository_free(repository) }
            return opened
        }
        guard let opened else { return nil }
        try self.init(opened, WorkingTreeListing(of: folder), scratch: nil)
    }

    /// Makes an empty repository elsewhere whose working tree is the folder.
    private convenience init(plainFolder folder: ByteString, usesProgram: Bool) throws {
        let scratch = "\(FileManager.default.temporaryDirectory.path)/clusterrunner-rules-\(UUID.random().uuidString)"
        do {
            try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: false)
            let opened = try Self.explaining(folder) {
                var repository: OpaquePointer?
                try checked(git_repository_init(&repository, scratch, 0))
                guard let repository else { throw GitFailure(code: GIT_ERROR.rawValue, message: "there is none") }
                try checked(git_repository_set_workdir(repository, folder.cString, 0))
                return Opened(repository: repository, prefix: "")
            }
            let listing = usesProgram ? WorkingTreeListing(of: folder, repository: "\(scratch)/.git") : nil
            try self.init(opened, listing, scratch: scratch)
        } catch {
            try? FileManager.default.removeItem(atPath: scratch)
            throw error
        }
    }

    private init(_ opened: Opened, _ listing: WorkingTreeListing?, scratch: String?) throws {
        var index: OpaquePointer?
        guard git_repository_index(&index, opened.repository) == 0, let index else {
            git_repository_free(opened.repository)
            throw ClusterRunnerError(.failed, "The index of the repository around the folder cannot be read.")
        }
        (repository, prefix) = (opened.repository, opened.prefix)
        (self.index, self.listing, self.scratch) = (index, listing, scratch)
    }

    deinit {
        git_index_free(index)
        git_repository_free(repository)
        if let scratch { try? FileManager.default.removeItem(atPath: scratch) }
    }

    /// Whether git leaves out a file or a directory with all that is in it; the path is relative to the folder.
    package func leavesOut(_ path: ByteString, isDirectory: Bool) throws -> Bool {
        if let listing {
            if listing.has(path) { return false }
            // What git does not list may be an empty directory.
            if !isDirectory { return true }
        }
        let whole = ByteString(prefix.bytes + path.bytes)
        if git_index_get_bypath(index, whole.cString, 0) != nil { return false }
        let name = isDirectory ? ByteString(whole.bytes + [UInt8(ascii: "/")]) : whole
        guard try Self.ignores(repository, name) else { return false }
        return !isDirectory || git_index_find_prefix(nil, index, name.cString) != 0
    }

    private static func ignores(_ repository: OpaquePointer, _ path: ByteString) throws -> Bool {
        guard !path.isEmpty else { return false }
        var isIgnored: Int32 = 0
        try checked(git_ignore_path_is_ignored(&isIgnored, repository, path.cString))
        return isIgnored != 0
    }
}

// MARK: The repository

extension IgnoreRules {
    /// The commit that the working tree is based on; nil before the first.
    package var commit: String? {
        var oid = git_oid()
        guard git_reference_name_to_id(&oid, repository, "HEAD") == 0 else { return nil }
        return "\(ObjectID(oid))"
    }

    /// The address of its remote `origin`, without credentials; nil without one.
    package var origin: String? {
        try? withHandle(freedBy: git_remote_free, from: { git_remote_lookup(&$0, repository, "origin") }) { remote in
            guard let url = git_remote_url(remote) else { return nil }
            return try GitURL(String(cString: url)).withoutCredentials
        }
    }

    /// A repository, and the place of a folder in its working tree.
    private struct Opened {
        let repository: OpaquePointer
        let prefix: ByteString

        init(repository: OpaquePointer, prefix: ByteString) {
            (self.repository, self.prefix) = (repository, prefix)
        }

        /// Returns nil for a repository without a working tree, and for a folder outside of it, such as `.git`.
        init?(_ repository: OpaquePointer, _ folder: ByteString) throws {
            guard let top = git_repository_workdir(repository), let real = realpath(folder.cString, nil) else {
                return nil
            }
            defer { free(real) }
            let place = Array(ByteString(cString: real).bytes) + [UInt8(ascii: "/")]
            let start = ByteString(cString: top).bytes
            guard place.starts(with: start), !place.dropFirst(start.count).starts(with: Array(".git/".utf8)) else {
                return nil
            }
            self.init(repository: repository, prefix: ByteString(place.dropFirst(start.count)))
        }
    }

    /// Opens the repository around a folder; nil when there is none.
    private static func discover(_ folder: ByteString, flags: UInt32) throws -> OpaquePointer? {
        // Only its rules are read, and the library runs no program that it names.
        LibGit2.trustAllOwners()
        var repository: OpaquePointer?
        let code = git_repository_open_ext(&repository, folder.cString, flags, nil)
        if code == GIT_ENOTFOUND.rawValue { return nil }
        try checked(code)
        return repository
    }

    private static func explaining<Result>(_ folder: ByteString, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let failure as GitFailure {
            throw ClusterRunnerError(.failed, "The git repository around \"\(folder)\" cannot be read: \(failure).")
        }
    }
}

extension ByteString {
    /// The bytes but the last.
    fileprivate var dropLast: ByteString { ByteString(Array(bytes.dropLast())) }
}
