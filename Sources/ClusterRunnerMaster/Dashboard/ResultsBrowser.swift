import ClusterRunnerCore
import ClusterRunnerDashboard
import ClusterRunnerFiles
import Foundation

/// The results folder of a build, as a reader may look at it.
///
/// What is in it came from the commands of a build, so nothing in it is trusted: each name on the way is opened below the
/// one before it, and no link is followed, wherever it leads.
struct ResultsBrowser: Sendable {
    private let root: String

    /// The results at a path; there may be none.
    init(root: String) {
        self.root = root
    }

    /// The names in a path such as `artifact_0_1/reports/a.xml`.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/notFound`` when it could lead out of the results.
    static func names(in path: ByteString) throws -> [ByteString] {
        let names = path.names
        let isPlain = names.allSatisfy { $0 != "." && $0 != ".." } && !path.withBytes { $0.contains(0) }
        guard isPlain, names.count <= 300 else {
            throw ClusterRunnerError(.notFound, "\"\(path)\" is no path below the results of a build.")
        }
        return names
    }

    /// A page of the entries of a folder, folders first, and the number of all.
    func entries(of folder: [ByteString], page: StorePage) throws -> (entries: [ArtifactsPage.Entry], total: Int) {
        let directory: Handle
        do {
            directory = try open(folder, flags: O_DIRECTORY)
        } catch let error as ClusterRunnerError where error.code == .notFound && folder.isEmpty {
            return ([], 0)  // Nothing left files.
        }
        // The names first: of a folder with 100,000 of them only a page is looked at.
        let names = try Self.names(of: directory).map { (name: $0, shown: $0.escaped) }
            .sorted { $0.shown.localizedStandardCompare($1.shown) == .orderedAscending }.map(\.name)
        let chosen = names.dropFirst(page.offset).prefix(page.limit ?? .max)
        return (chosen.compactMap { Self.entry($0, in: directory) }, names.count)
    }

    /// A file, with its size and a tag that another version of it does not have.
    func file(_ path: [ByteString]) throws -> (handle: Handle, size: Int, tag: String) {
        let handle = try open(path, flags: O_NONBLOCK)
        var status = stat()
        guard fstat(handle.descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw ClusterRunnerError(.notFound, "\"\(ByteString(names: path))\" is no file.")
        }
        let changed = status.st_mtim
        let tag = "\"\(status.st_ino)-\(status.st_size)-\(changed.tv_sec).\(changed.tv_nsec)\""
        return (handle, Int(status.st_size), tag)
    }

    /// An open file or folder, closed when nobody has it any more.
    final class Handle: Sendable {
        let descriptor: Int32

        init(_ descriptor: Int32) {
            self.descriptor = descriptor
        }

        deinit { close(descriptor) }
    }

    private func open(_ path: [ByteString], flags: Int32) throws -> Handle {
        var handle = try Self.open(ByteString(root), in: nil, O_DIRECTORY)
        for (index, name) in path.enumerated() {
            handle = try Self.open(name, in: handle, index == path.count - 1 ? flags : O_DIRECTORY)
        }
        return handle
    }

    private static func open(_ name: ByteString, in folder: Handle?, _ flags: Int32) throws -> Handle {
        let descriptor = openat(folder?.descriptor ?? AT_FDCWD, name.cString, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | flags)
        guard descriptor >= 0 else {
            let shown = folder == nil ? "The results" : "\"\(name)\""
            switch errno {
            case ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG:
                throw ClusterRunnerError(.notFound, "\(shown) is not there, or is a link, which is not followed.")
            default:
                throw ClusterRunnerError(.failed, "\(shown) cannot be opened: \(systemMessage(errno)).")
            }
        }
        return Handle(descriptor)
    }

    private static func names(of folder: Handle) throws -> [ByteString] {
        let listing = DirectoryListing(of: folder.descriptor)
        if let fault = listing.fault {
            throw ClusterRunnerError(.failed, "A folder of the results cannot be read: \(systemMessage(fault)).")
        }
        return listing.names
    }

    private static func entry(_ name: ByteString, in folder: Handle) -> ArtifactsPage.Entry? {
        var status = stat()
        // It may be removed at this moment.
        guard fstatat(folder.descriptor, name.cString, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
        let kind: ArtifactsPage.Entry.Kind =
            switch status.st_mode & S_IFMT {
            case S_IFDIR: .folder
            case S_IFREG: .file(Int(status.st_size))
            default: .other
            }
        return ArtifactsPage.Entry(name: name, kind: kind, changedAt: Double(status.st_mtim.tv_sec))
    }
}
