import ClusterRunnerDashboard
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation

/// The results folder of a build, for readers.
///
/// Commands of a build wrote its contents, so nothing in it is trusted: each name of a path is opened below the one
/// before it, and links are not followed. Files of runs that do not count appear where archives have them, in
/// `attempt_N` of the atom's folder.
struct ResultsBrowser: Sendable {
    private let root: String

    /// Creates a browser of the results at a path, which need not exist.
    init(root: String) {
        self.root = root
    }

    /// Splits a path such as `artifact_0_1/reports/a.xml` into names.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/notFound`` when the path could leave the
    ///   results.
    static func names(in path: ByteString) throws -> [ByteString] {
        let names = path.names
        let isPlain = names.allSatisfy { $0 != "." && $0 != ".." } && !path.withBytes { $0.contains(0) }
        guard isPlain, names.count <= 300 else {
            throw ClusterRunnerError(.notFound, "\"\(path)\" is not a path below the results of a build.")
        }
        return names
    }

    /// Returns a page of a folder's entries and their total number.
    func entries(of folder: [ByteString], page: StorePage) throws -> (entries: [ArtifactsPage.Entry], total: Int) {
        let items = try items(of: folder)
        // Names first: of a folder with 100,000 entries only one page is examined.
        let sorted = items.map { (item: $0, shown: $0.name.escaped) }
            .sorted { $0.shown.localizedStandardCompare($1.shown) == .orderedAscending }.map(\.item)
        let chosen = sorted.dropFirst(page.offset).prefix(page.limit ?? .max)
        return (chosen.compactMap(Self.entry), items.count)
    }

    /// Opens a file and returns its size and a tag that differs between versions.
    func file(_ path: [ByteString]) throws -> (handle: Handle, size: Int, tag: String) {
        let handle = try open(place(of: path), flags: O_NONBLOCK)
        var status = stat()
        guard fstat(handle.descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw ClusterRunnerError(.notFound, "\"\(ByteString(names: path))\" is no file.")
        }
        let changed = status.st_mtim
        let tag = "\"\(status.st_ino)-\(status.st_size)-\(changed.tv_sec).\(changed.tv_nsec)\""
        return (handle, Int(status.st_size), tag)
    }

    /// An open file or folder, closed with its last reference.
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

    private static func entry(_ item: Item) -> ArtifactsPage.Entry? {
        var status = stat()
        // The entry may be removed at this moment.
        guard fstatat(item.folder.descriptor, item.nameOnDisk.cString, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            return nil
        }
        let kind: ArtifactsPage.Entry.Kind =
            switch status.st_mode & S_IFMT {
            case S_IFDIR: .folder
            case S_IFREG: .file(Int(status.st_size))
            default: .other
            }
        return ArtifactsPage.Entry(name: item.name, kind: kind, changedAt: Double(status.st_mtim.tv_sec))
    }
}

// MARK: Runs that do not count

extension ResultsBrowser {
    private static let attempts = ByteString(MasterFolders.attemptsName)

    /// An entry as a reader sees it, and its place on disk.
    private struct Item {
        let name: ByteString
        let folder: Handle
        let nameOnDisk: ByteString

        init(_ name: ByteString, in folder: Handle, nameOnDisk: ByteString? = nil) {
            self.name = name
            self.folder = folder
            self.nameOnDisk = nameOnDisk ?? name
        }
    }

    private func items(of folder: [ByteString]) throws -> [Item] {
        guard folder.count < 2 else { return try plainItems(of: place(of: folder)) }
        let (counting, earlier) = (try present(folder), try present([Self.attempts] + folder))
        // A build without files is no error at the top level only.
        guard !folder.isEmpty || counting != nil else { return [] }
        guard earlier != nil || counting != nil else { return try plainItems(of: folder) }
        let names = try counting.map(Self.names)?.filter { !folder.isEmpty || $0 != Self.attempts } ?? []
        let taken = Set(names)
        let left = counting.map { handle in names.map { Item($0, in: handle) } } ?? []
        guard let earlier else { return left }
        let runs = try Self.names(of: earlier).compactMap { name -> Item? in
            guard !folder.isEmpty else { return taken.contains(name) ? nil : Item(name, in: earlier) }
            return Item(taken.contains(name) ? Self.reserved(name) : name, in: earlier, nameOnDisk: name)
        }
        return left + runs
    }

    private func plainItems(of folder: [ByteString]) throws -> [Item] {
        let handle = try open(folder, flags: O_DIRECTORY)
        return try Self.names(of: handle).map { Item($0, in: handle) }
    }

    /// Opens a folder; nil when it is missing.
    private func present(_ folder: [ByteString]) throws -> Handle? {
        do {
            return try open(folder, flags: O_DIRECTORY)
        } catch let error as ClusterRunnerError where error.code == .notFound {
            return nil
        }
    }

    /// Returns the place on disk of a reader's path of at least two names.
    private func place(of path: [ByteString]) throws -> [ByteString] {
        guard path.count > 1, path[0] != Self.attempts else { return path }
        let names = try present([path[0]]).map(Self.names) ?? []
        let attempt = [Self.attempts] + path
        if !names.contains(path[1]) {
            if try present(Array(attempt.prefix(3))) != nil { return attempt }
            if let name = names.first(where: { Self.reserved($0) == path[1] }) {
                return [Self.attempts, path[0], name] + path.dropFirst(2)
            }
        }
        return path
    }

    /// Returns the folder name of a run whose usual name is taken by the atom's own files.
    private static func reserved(_ name: ByteString) -> ByteString {
        ByteString(Array("clusterrunner_".utf8) + name.bytes)
    }
}
