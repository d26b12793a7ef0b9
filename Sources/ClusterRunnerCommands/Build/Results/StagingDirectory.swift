import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc

/// A directory inside a results directory in which new results are made.
///
/// It is locked for as long as its process lives: one without a lock was left by a process that was killed.
struct StagingDirectory {
    /// Where it lies.
    let path: String
    private let descriptor: Int32

    /// The beginning of the name of every such directory.
    static let prefix = ".clusterrunner-"

    /// Makes one with a name of its own, and removes those that were left.
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

    /// A path that nothing has yet.
    static func name(in directory: String) -> String {
        "\(directory)/\(prefix)\(getpid())-\(UInt32.random(in: 0 ... .max))"
    }

    /// Where new results are made.
    var fresh: String { path + "/new" }
    /// Where earlier results go.
    var old: String { path + "/old" }
    /// Where an archive may lie meanwhile.
    var archive: String { path + "/results.tar.gz" }

    /// Removes it with all that is in it.
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
