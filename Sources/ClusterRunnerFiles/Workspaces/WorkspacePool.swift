import ClusterRunnerConcurrency
package import ClusterRunnerPlugin
import Foundation
import Glibc

/// A pool of project workspaces, kept from build to build.
///
/// A build gets the first free workspace of its project. The path of a project thus stays the same while its builds
/// follow each other: compilers and tools key their caches by it. Concurrent builds get further ones;
/// ``keptWorkspaces`` of them are kept.
package struct WorkspacePool: Sendable {
    private let path: String
    private let trash: Trash
    private let user: JobUser?

    /// Number of workspaces of a project that are kept after concurrent builds.
    package static let keptWorkspaces = 3
    /// Maximum number of concurrent builds of one project.
    private static let limit = 1000
    /// Seconds without a build after which a workspace is removed.
    private static let idleLimit = 14 * 86_400

    /// Creates a pool in a folder; discarded workspaces go to the trash.
    ///
    /// A user of jobs owns a workspace while it is lent. Each user has a pool, since one user cannot clean up the files
    /// of another.
    package init(path: String, trash: Trash, user: JobUser? = nil) {
        self.path = user.map { "\(path)-\($0.userID)" } ?? path
        self.trash = trash
        self.user = user
    }

    /// Discards the pools of other users.
    package func discardOthers() {
        guard let slash = path.lastIndex(of: "/") else { return }
        let parent = String(path[..<slash])
        for name in DirectoryListing.texts(in: parent) where name == "kept" || name.hasPrefix("kept-") {
            if "\(parent)/\(name)" != path { trash.discard("\(parent)/\(name)") }
        }
    }

    /// Lends a workspace of a project to a build.
    ///
    /// The workspace is empty, or as the project's last build left it.
    package func take(for project: any ProjectType, of type: RegisteredProjectType) throws -> LentWorkspace {
        try take(for: "\(type.name) \(project.projectID)")
    }

    func take(for project: String) throws -> LentWorkspace {
        removeIdle()
        let folder = "\(path)/\(Self.name(of: project))"
        try PrivateDirectory.create(folder)
        for passage in [path, folder] { try user?.pass(passage) }
        for number in 0..<Self.limit {
            let place = WorkspacePlace(path: "\(folder)/\(number)")
            guard let lock = try place.takeLock() else { continue }
            do {
                try PrivateDirectory.create(place.path)
                try user.map(place.hand(to:))
            } catch {
                lock.release()
                throw error
            }
            let isKept = number < Self.keptWorkspaces
            return LentWorkspace(place: place, lock: lock, isKept: isKept, trash: trash, user: user)
        }
        throw ClusterRunnerError(
            .unavailable,
            "\(Self.limit) builds of \(project) have workspaces on this machine; wait until one has ended."
        )
    }

    /// Names the folder of a project: a readable part, and a hash that makes it unique.
    static func name(of project: String) -> String {
        // FNV-1a; the name must be the same in every process.
        let hash = project.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        let last = project.split(separator: "/").last?.utf8.prefix(40).filter(\.isPartOfPlainName) ?? []
        return String(decoding: last, as: UTF8.self) + "-" + String(hash, radix: 36)
    }

    /// Removes the workspaces that have been idle for too long.
    private func removeIdle() {
        for project in DirectoryListing.texts(in: path) {
            for file in DirectoryListing.texts(in: "\(path)/\(project)") where file.hasSuffix(".lock") {
                let place = WorkspacePlace(path: "\(path)/\(project)/\(file.dropLast(".lock".count))")
                guard let status = FileStatus(path: place.lock), time(nil) - status.modified.seconds > Self.idleLimit,
                    access(place.path, F_OK) == 0, let lock = try? place.takeLock()
                else { continue }
                place.discard(to: trash)
                lock.release()
            }
        }
    }
}

/// The paths of one kept workspace.
struct WorkspacePlace: Sendable {
    /// The workspace itself.
    let path: String
    /// The lock file, held while a build has the workspace.
    var lock: String { "\(path).lock" }
    /// The notes of its project type.
    var state: String { "\(path).state" }

    /// Takes the lock; nil when another build holds it.
    func takeLock() throws -> HeldLock? {
        let file = try attempting("The lock of a workspace, \"\(lock)\", cannot be opened") {
            try OpenFile(lock, O_RDWR | O_CREAT | O_NOFOLLOW)
        }
        guard file.tryLock(.exclusive) else { return nil }
        // Records the time at which a build last had the workspace.
        futimens(file.descriptor, nil)
        return HeldLock(file)
    }

    /// Gives it to a user.
    func hand(to user: JobUser) throws {
        try PrivateDirectory.create(state)
        for path in [path, state] { try user.take(path) }
    }

    /// Discards the workspace and the notes of its project type.
    func discard(to trash: Trash) {
        for path in [path, state] { trash.discard(path) }
    }
}

/// A workspace lent to a build.
package struct LentWorkspace: Sendable {
    fileprivate let place: WorkspacePlace
    fileprivate let lock: HeldLock
    fileprivate let isKept: Bool
    fileprivate let trash: Trash
    fileprivate let user: JobUser?

    /// The directory of the workspace.
    package var directory: String { place.path }

    /// Gives the workspace back; further calls do nothing.
    package func giveBack() {
        guard lock.isHeld else { return }
        // Jobs of other projects cannot look into it until the next build has it.
        if let user { for path in [place.path, place.state] { try? user.giveBack(path) } }
        if !isKept { place.discard(to: trash) }
        lock.release()
    }
}

extension UInt8 {
    /// Whether it is a letter or a digit of ASCII, a hyphen or an underscore.
    fileprivate var isPartOfPlainName: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
