import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc

/// A directory for new results inside a results directory.
///
/// It is locked as long as its process lives, so that one without a lock belongs to a process that was killed.
struct StagingDirectory {
    /// The path.
    let path: String
    private let descriptor: Int32

    /// The prefix of all names.
    static let prefix = ".clusterrunner-"

    /// Creates a directory with a unique name, and removes abandoned ones.
    init(in directory: String) throws {
        let place = Self.name(in: directory)
        path = place
        descriptor = try OpenFile.withDirectoryLocked(directory) {
            try Self.removeLeft(in: directory)
            guard mkdir(place, 0o700) == 0, let file = try OpenFile(place, O_RDONLY | O_DIRECTORY) else {
                throw ClusterRunnerError.system("The directory \(place) cannot be made", errno)
            }
            guard file.tryLock(.exclusive) else { throw ClusterRunnerError.system("\(place) cannot be locked", errno) }
            return file.relinquish()
        }
        for part in [fresh, old] where mkdir(part, 0o777) != 0 {
            let number = errno
            remove()
            throw ClusterRunnerError.system("The directory \(part) cannot be made", number)
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
        close(descriptor)
    }

    private static func removeLeft(in directory: String) throws {
        for name in try DirectoryNames.read(directory) where name.hasPrefix(prefix) {
            guard let file = try OpenFile("\(directory)/\(name)", O_RDONLY | O_DIRECTORY), file.tryLock(.exclusive)
            else { continue }
            _ = removeTree("\(directory)/\(name)")
        }
    }
}
