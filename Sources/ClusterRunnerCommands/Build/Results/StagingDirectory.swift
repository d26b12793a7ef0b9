import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc

/// A directory for new results inside a results directory.
///
/// It is locked as long as its process lives, so that one without a lock belongs to a process that was killed.
struct StagingDirectory {
    /// The path.
    let path: String
    private let lock: HeldLock

    /// The prefix of all names.
    static let prefix = ".clusterrunner-"

    /// Creates a directory with a unique name, and removes abandoned ones.
    init(in directory: String) throws {
        let place = Self.name(in: directory)
        path = place
        lock = try OpenFile.withDirectoryLocked(directory) {
            try Self.removeLeft(in: directory)
            guard mkdir(place, 0o700) == 0, let file = try OpenFile.ifThere(place, O_RDONLY | O_DIRECTORY) else {
                throw SystemFault(errno).error("The directory \(place) cannot be made", code: .failed)
            }
            guard file.tryLock(.exclusive) else {
                throw SystemFault(EWOULDBLOCK).error("\(place) cannot be locked", code: .failed)
            }
            return HeldLock(file)
        }
        for part in [fresh, old] where mkdir(part, 0o777) != 0 {
            let fault = SystemFault(errno)
            remove()
            throw fault.error("The directory \(part) cannot be made", code: .failed)
        }
    }

    /// Returns an unused path.
    static func name(in directory: String) -> String {
        "\(directory)/\(prefix)\(getpid())-\(UInt32.random(in: 0 ... .max))"
    }

    /// The path of new results.
    var fresh: String { path + "/new" }
    /// The path of earlier results.
    var old: String { path + "/old" }
    /// The path of an archive during delivery.
    var archive: String { path + "/results.tar.gz" }

    /// Removes it with its contents.
    func remove() {
        _ = removeTree(path)
        lock.release()
    }

    /// Reads the names in a directory, sorted.
    static func names(in path: String) throws -> [String] {
        let listing = DirectoryListing(at: ByteString(path), followingLinks: true)
        if let fault = listing.fault { throw fault.error("The directory \(path) cannot be read", code: .failed) }
        return listing.names.map(\.description)
    }

    private static func removeLeft(in directory: String) throws {
        for name in try names(in: directory) where name.hasPrefix(prefix) {
            let place = "\(directory)/\(name)"
            guard let file = try OpenFile.ifThere(place, O_RDONLY | O_DIRECTORY), file.tryLock(.exclusive) else {
                continue
            }
            _ = removeTree(place)
        }
    }
}
