import Foundation
import Testing

/// Small disks for the machines of a cluster, which a test can fill.
///
/// They are mounted in a mount namespace of their own, which ends with its last process. So no mount is left behind,
/// even if the test is killed.
final class SmallDisks: Sendable {
    private let keeper: RunningProgram
    /// The words before a command that run it in the namespace.
    let entrance: [String]

    private init(_ keeper: RunningProgram, _ entrance: [String]) {
        (self.keeper, self.entrance) = (keeper, entrance)
    }

    /// Mounts disks of given sizes in MiB on directories, which are created.
    ///
    /// This needs root, or the root of a user namespace.
    ///
    /// - Throws: `ProgramFailure` with the reason why this system does not allow either.
    static func mount(_ sizes: [String: Int], for cluster: RunningCluster) async throws -> SmallDisks {
        do {
            return try await mount(sizes, for: cluster, asOtherUser: [])
        } catch let asRoot as ProgramFailure {
            do {
                return try await mount(sizes, for: cluster, asOtherUser: ["--user"])
            } catch let asUser as ProgramFailure {
                throw ProgramFailure("\(asRoot)\n\(asUser)")
            }
        }
    }

    private static func mount(
        _ sizes: [String: Int],
        for cluster: RunningCluster,
        asOtherUser user: [String]
    ) async throws -> SmallDisks {
        let arguments =
            ["--mount"] + (user.isEmpty ? [] : ["--user", "--map-root-user"]) + ["sh", "-euc", script, "sh"]
        let disks = sizes.flatMap { ["\($0)", "\($1)"] }
        let keeper = try RunningProgram(
            "disks",
            "unshare",
            arguments + disks,
            in: cluster.scratch,
            environment: ["TEST": "\(getpid())"]
        )
        cluster.keep(keeper)
        _ = try await keeper.line(after: "The disks are there.")
        let credentials = user.isEmpty ? [] : ["--preserve-credentials"]
        let target = ["--target", "\(keeper.id)", "--mount", "--wd=\(cluster.scratch)"]
        return SmallDisks(keeper, ["nsenter"] + target + user + credentials)
    }

    /// Keeps the namespace until the test has ended, even if that was killed.
    private static let script = """
        while [ $# -gt 0 ]; do
            mkdir -p "$1"
            mount -t tmpfs -o "size=$2m,mode=700" disk "$1"
            shift 2
        done
        echo "The disks are there."
        exec tail --pid="$TEST" -f /dev/null
        """

    /// Returns the outside path of a path in the namespace.
    func path(_ path: String) -> String { "/proc/\(keeper.id)/root\(path)" }

    /// Fills the disk of a directory to the last byte.
    func fill(_ directory: String) throws {
        let path = ballast(directory)
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        try #require(file >= 0, "\(path): \(String(cString: strerror(errno)))")
        defer { close(file) }
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        var size = zeros.count
        while size > 0 {
            guard write(file, zeros, size) < 0 else { continue }
            try #require(errno == ENOSPC, "\(path): \(String(cString: strerror(errno)))")
            size /= 16
        }
    }

    /// Frees the space that ``fill(_:)`` took.
    func free(_ directory: String) { unlink(ballast(directory)) }

    private func ballast(_ directory: String) -> String { path("\(directory)/ballast") }
}
