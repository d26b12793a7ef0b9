import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation

/// The directory of an extraction, and the only place that it can write to.
///
/// Every path is walked from the directory's descriptor, name by name, and links are never followed, so that not even
/// an existing link can lead a write outside. libarchive's own disk writer is not used: it temporarily changes the
/// process's umask and working directory, and thus affects files that other threads create.
final class ExtractionDirectory {
    private let root: SharedFile
    /// The parent of the last entry: most entries lie beside the previous one.
    private var lastParent: (names: [ByteString], directory: SharedFile)?

    init(_ path: String) throws {
        root = try ClusterRunnerError.explaining("The directory \"\(path)\" cannot be extracted into") {
            () throws(SystemFault) in try SharedFile(path, O_RDONLY | O_DIRECTORY)
        }
    }

    /// Creates a directory, or sets the permissions of an existing one.
    func makeDirectory(_ place: Place, permissions: mode_t) throws {
        let directory = try openDirectory(place.last, in: place.parent, of: place.path)
        // The owner keeps all rights: otherwise the files below could not be written, nor the tree ever be removed.
        try set(fchmod(directory.descriptor, permissions & 0o777 | 0o700), place)
    }

    /// Creates an empty file that only its owner can open until `finish`.
    func makeFile(_ place: Place) throws -> OpenFile {
        try clear(place)
        do {
            let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
            return try OpenFile(place.last.cString, flags, in: place.parent.descriptor)
        } catch {
            throw failure(place, error)
        }
    }

    /// Sets the size, permissions and modification time of a written file.
    func finish(
        _ file: borrowing OpenFile,
        at place: Place,
        size: Int,
        permissions: mode_t,
        modified: timespec?
    ) throws {
        try check(ftruncate(file.descriptor, off_t(size)), place)
        // The owner can always read: an unreadable result could not be passed on.
        try set(fchmod(file.descriptor, permissions & 0o777 | 0o400), place)
        guard let modified else { return }
        try set(futimens(file.descriptor, [modified, modified]), place)
    }

    func makeSymbolicLink(_ place: Place, target: ByteString) throws {
        try clear(place)
        try checkLink(symlinkat(target.cString, place.parent.descriptor, place.last.cString), place)
    }

    /// Creates a hard link to a file inside the directory.
    func makeHardLink(_ place: Place, to target: Place) throws {
        guard let status = FileStatus(target.last.cString, in: target.parent.descriptor) else { throw failure(place) }
        // A symbolic link with a second name would climb from a different place than the checked one.
        guard status.kind == .regular, target.path != place.path else {
            throw ClusterRunnerError.refused(place.path, "its target \"\(target.path)\" is not another file")
        }
        try clear(place)
        let (from, to) = (target.parent.descriptor, place.parent.descriptor)
        try checkLink(linkat(from, target.last.cString, to, place.last.cString, 0), place)
    }
}

extension ExtractionDirectory {
    /// The place of an entry: its name in an open directory inside the extraction.
    struct Place {
        let path: ByteString
        let parent: SharedFile
        let last: ByteString
    }

    /// Opens the parent directory of an entry, and creates it if it is missing; nil for the directory itself.
    ///
    /// An error names `entry`, which differs from `name` when `name` is the target of a hard link.
    func place(_ name: EntryName, of entry: ByteString) throws -> Place? {
        guard let (parents, last) = name.split else { return nil }
        return Place(path: name.path, parent: try openParent(Array(parents), of: entry), last: last)
    }

    private func openParent(_ names: [ByteString], of entry: ByteString) throws -> SharedFile {
        if let lastParent, lastParent.names == names { return lastParent.directory }
        let directory = try names.reduce(root) { try openDirectory($1, in: $0, of: entry) }
        lastParent = (names, directory)
        return directory
    }

    /// Opens a directory by its name in another, and creates it if it is missing; a link is refused.
    private func openDirectory(_ name: ByteString, in parent: SharedFile, of entry: ByteString) throws -> SharedFile {
        if mkdirat(parent.descriptor, name.cString, 0o777) != 0, errno != EEXIST {
            throw failure(entry)
        }
        do {
            return try SharedFile(name.cString, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, in: parent)
        } catch {
            guard let status = FileStatus(name.cString, in: parent.descriptor) else { throw failure(entry) }
            switch status.kind {
            case .link: throw ClusterRunnerError.refused(entry, "it leads through the symbolic link \"\(name)\"")
            case .directory:
                throw ClusterRunnerError.system(error, "The archive entry \"\(entry)\" cannot be extracted")
            default: throw ClusterRunnerError.refused(entry, "\"\(name)\" is a file, not a directory")
            }
        }
    }

    /// Removes the file or link that an entry replaces, so that nothing is written through or into it.
    private func clear(_ place: Place) throws {
        guard unlinkat(place.parent.descriptor, place.last.cString, 0) != 0, errno != ENOENT else { return }
        // The first is Linux's error for a directory, the second that of all other systems.
        guard errno == EISDIR || errno == EPERM else { throw failure(place) }
        throw ClusterRunnerError.refused(place.path, "a directory has its name already")
    }

    private func check(_ status: Int32, _ place: Place) throws {
        guard status == 0 else { throw failure(place) }
    }

    /// Leaves out a link that the file system does not support.
    private func checkLink(_ status: Int32, _ place: Place) throws {
        if status != 0, errno == EPERM { throw NameFault(reason: "the file system takes no such links") }
        try check(status, place)
    }

    /// Leaves out permissions and times that the file system does not support.
    private func set(_ status: Int32, _ place: Place) throws {
        guard status != 0, errno != EPERM, errno != EOPNOTSUPP else { return }
        throw failure(place)
    }

    /// An entry whose name or kind the file system does not support, although it supports others.
    struct NameFault: Error {
        let reason: String
    }

    private static let faultsOfNames = [ENAMETOOLONG, EILSEQ, EINVAL, EOPNOTSUPP]

    /// Makes the error of an entry; without a fault, that of the system call that failed last.
    func failure(_ place: Place, _ fault: SystemFault = SystemFault(errno)) -> any Error { failure(place.path, fault) }

    private func failure(_ entry: ByteString, _ fault: SystemFault = SystemFault(errno)) -> any Error {
        if Self.faultsOfNames.contains(fault.number) { return NameFault(reason: "\(fault)") }
        // Not `notFound`, which would mean that the archive is missing.
        return fault.error("The archive entry \"\(entry)\" cannot be extracted")
    }
}
