import ClusterRunnerCore
import ClusterRunnerDashboard
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
    static func names(in path: String) throws -> [String] {
        let names = path.split(separator: "/").map(String.init)
        let isPlain = names.allSatisfy { $0 != "." && $0 != ".." && !$0.utf8.contains(0) }
        guard isPlain, names.count <= 64 else {
            throw ClusterRunnerError(.notFound, "\"\(path)\" is no path below the results of a build.")
        }
        return names
    }

    /// A page of the entries of a folder, folders first, and the number of all.
    func entries(of folder: [String], page: StorePage) throws -> (entries: [ArtifactsPage.Entry], total: Int) {
        let directory: Handle
        do {
            directory = try open(folder, flags: O_DIRECTORY)
        } catch let error as ClusterRunnerError where error.code == .notFound && folder.isEmpty {
            return ([], 0)  // Nothing left files.
        }
        // The names first: of a folder with 100,000 of them only a page is looked at.
        let names = try Self.names(of: directory).sorted { $0.localizedStandardCompare($1) == .orderedAscending }
        let chosen = names.dropFirst(page.offset).prefix(page.limit ?? .max)
        return (chosen.compactMap { Self.entry($0, in: directory) }, names.count)
    }

    /// A file, with its size.
    func file(_ path: [String]) throws -> (handle: Handle, size: Int) {
        let handle = try open(path, flags: O_NONBLOCK)
        var status = stat()
        guard fstat(handle.descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw ClusterRunnerError(.notFound, "\"\(path.joined(separator: "/"))\" is no file.")
        }
        return (handle, Int(status.st_size))
    }

    /// An open file or folder, closed when nobody has it any more.
    final class Handle: Sendable {
        let descriptor: Int32

        init(_ descriptor: Int32) {
            self.descriptor = descriptor
        }

        deinit { close(descriptor) }
    }

    private func open(_ path: [String], flags: Int32) throws -> Handle {
        var handle = try Self.open(root, in: nil, O_DIRECTORY)
        for (index, name) in path.enumerated() {
            handle = try Self.open(name, in: handle, index == path.count - 1 ? flags : O_DIRECTORY)
        }
        return handle
    }

    private static func open(_ name: String, in folder: Handle?, _ flags: Int32) throws -> Handle {
        let descriptor = openat(folder?.descriptor ?? AT_FDCWD, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | flags)
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

    private static func names(of folder: Handle) throws -> [String] {
        // The stream closes the descriptor it reads, so it gets one of its own.
        guard let stream = fdopendir(dup(folder.descriptor)) else {
            throw ClusterRunnerError(.failed, "A folder of the results cannot be read: \(systemMessage(errno)).")
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: $0.pointee)) {
                    String(cString: $0)
                }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private static func entry(_ name: String, in folder: Handle) -> ArtifactsPage.Entry? {
        var status = stat()
        // It may be removed at this moment.
        guard fstatat(folder.descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
        let kind: ArtifactsPage.Entry.Kind =
            switch status.st_mode & S_IFMT {
            case S_IFDIR: .folder
            case S_IFREG: .file(Int(status.st_size))
            default: .other
            }
        return ArtifactsPage.Entry(name: name, kind: kind, changedAt: Double(status.st_mtim.tv_sec))
    }
}
