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

    /// Returns a page of a folder's entries and their total number; those named in `first` come before the others.
    func entries(
        of folder: [ByteString],
        first: Set<ByteString> = [],
        page: StorePage
    ) throws -> (entries: [ArtifactsPage.Entry], total: Int) {
        let items = try items(of: folder)
        // Names first: of a folder with 100,000 entries only one page is examined.
        let sorted = items.map { (item: $0, shown: $0.name.escaped) }
            .sorted { $0.shown.localizedStandardCompare($1.shown) == .orderedAscending }.map(\.item)
        let ordered = sorted.filter { first.contains($0.name) } + sorted.filter { !first.contains($0.name) }
        let chosen = ordered.dropFirst(page.offset).prefix(page.limit ?? .max)
        return (chosen.compactMap(Self.entry), items.count)
    }

    /// Opens a file and returns its size and a tag that differs between versions.
    func file(_ path: [ByteString]) throws -> (handle: SharedFile, size: Int, tag: String) {
        let handle = try open(place(of: path), flags: O_NONBLOCK)
        guard let status = try? handle.file.status(), status.kind == .regular else {
            throw ClusterRunnerError(.notFound, "\"\(ByteString(names: path))\" is no file.")
        }
        let changed = status.modified
        let tag = "\"\(status.identity.number)-\(status.size)-\(changed.seconds).\(changed.nanoseconds)\""
        return (handle, status.size, tag)
    }

    private func open(_ path: [ByteString], flags: Int32) throws -> SharedFile {
        var handle = try Self.open(ByteString(root), in: nil, O_DIRECTORY)
        for (index, name) in path.enumerated() {
            handle = try Self.open(name, in: handle, index == path.count - 1 ? flags : O_DIRECTORY)
        }
        return handle
    }

    private static func open(_ name: ByteString, in folder: SharedFile?, _ flags: Int32) throws -> SharedFile {
        do {
            return try SharedFile(name.cString, O_RDONLY | O_NOFOLLOW | flags, in: folder)
        } catch {
            let shown = folder == nil ? "The results" : "\"\(name)\""
            switch error.number {
            case ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG:
                throw ClusterRunnerError(.notFound, "\(shown) is not there, or is a link, which is not followed.")
            default:
                throw error.error("\(shown) cannot be opened", code: .failed)
            }
        }
    }

    private static func names(of folder: SharedFile) throws -> [ByteString] {
        let listing = DirectoryListing(of: folder.descriptor)
        if let fault = listing.fault { throw fault.error("A folder of the results cannot be read", code: .failed) }
        return listing.names
    }

    private static func entry(_ item: Item) -> ArtifactsPage.Entry? {
        // The entry may be removed at this moment.
        guard let status = FileStatus(item.nameOnDisk.cString, in: item.folder.descriptor) else { return nil }
        let kind: ArtifactsPage.Entry.Kind =
            switch status.kind {
            case .directory: .folder
            case .regular: .file(status.size)
            default: .other
            }
        return ArtifactsPage.Entry(name: item.name, kind: kind, changedAt: Double(status.modified.seconds))
    }
}

// MARK: Runs that do not count

extension ResultsBrowser {
    private static let attempts = ByteString(MasterFolders.attemptsName)

    /// An entry as a reader sees it, and its place on disk.
    private struct Item {
        let name: ByteString
        let folder: SharedFile
        let nameOnDisk: ByteString

        init(_ name: ByteString, in folder: SharedFile, nameOnDisk: ByteString? = nil) {
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
    private func present(_ folder: [ByteString]) throws -> SharedFile? {
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
