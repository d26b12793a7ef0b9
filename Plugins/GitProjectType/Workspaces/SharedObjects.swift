import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation
import Glibc

/// The objects of a mirror as hard links, for a workspace whose user may not read the mirror.
///
/// A link costs no space, and the file still belongs to the service: a job can read but not change it, and cannot reach
/// objects of other projects.
struct SharedObjects {
    /// The directory of links, before its move into a workspace.
    let path: String

    /// Links the objects of a mirror for a user, in a private folder of the service on the same file system.
    init(of mirror: Mirror, in folder: String, for user: JobUser) throws {
        path = "\(folder)/objects-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        try Self.link("\(mirror.path)/objects", to: path)
        try user.takeDirectories(path)
    }

    /// Moves it into a folder of the user; returns its new path.
    func move(into folder: String) throws -> String {
        let target = "\(folder)/\(NSString(string: path).lastPathComponent)"
        guard rename(path, target) == 0 else { throw systemError("The objects of a workspace could not be moved") }
        return target
    }

    private static func link(_ source: String, to target: String) throws {
        try makeDirectory(target)
        let listing = DirectoryListing(at: ByteString(source))
        if let fault = listing.fault { throw fault.error("\(source) cannot be read") }
        // Names of objects and packs are ASCII; files with other names are not needed.
        for name in listing.names.compactMap(\.text) where !name.hasPrefix("tmp_") && name != "info" {
            guard let status = FileStatus(path: "\(source)/\(name)", followingLinks: false) else { continue }
            switch status.kind {
            case .directory: try link("\(source)/\(name)", to: "\(target)/\(name)")
            case .regular: try link(file: "\(source)/\(name)", status, to: "\(target)/\(name)")
            case .link, .pipe, .socket, .device, .other: break
            }
        }
    }

    private static func link(file source: String, _ status: FileStatus, to target: String) throws {
        // Written under a strict umask. The new permissions are harmless, since the mirror itself is closed to others.
        if status.permissions & 0o044 != 0o044 { chmod(source, mode_t(status.permissions | 0o444)) }
        if Glibc.link(source, target) == 0 || errno == ENOENT { return }
        guard errno == EXDEV || errno == EMLINK else { throw systemError("\(source) could not be linked") }
        try FileManager.default.copyItem(atPath: source, toPath: target)
    }
}
