package import ClusterRunnerPlugin
import Glibc

/// The account of the commands inside of a container, which is that of the engine.
package struct ContainerUser: Sendable, Equatable {
    /// Its user id.
    package let userID: UInt32
    /// The id of its group.
    package let groupID: UInt32

    /// Creates an account from its ids.
    package init(userID: UInt32, groupID: UInt32) {
        self.userID = userID
        self.groupID = groupID
    }

    /// Creates the account of the commands of jobs: `job_user`, or that of this process.
    package init(_ jobUser: JobUser?) {
        self.init(userID: jobUser?.userID ?? geteuid(), groupID: jobUser?.groupID ?? getegid())
    }

    /// The options that give commands this account inside of a container.
    ///
    /// A podman without the rights of root has a user namespace, in which the ids of the account must be mapped to
    /// themselves: otherwise the files of the project would belong to root there.
    func options(of engine: ContainerEngine.Kind) -> [String] {
        guard engine == .podman, userID != 0 else { return ["--user=\(userID):\(groupID)"] }
        return ["--userns=keep-id"]
    }
}
