package import ClusterRunnerPlugin
import Glibc

/// The environment that commands inherit.
package enum CommandEnvironment {
    /// Returns the environment of this process without its configuration, without what changes how a shell runs, and
    /// without what concerns this process and systemd.
    ///
    /// Every variable with the prefix `CLUSTERRUNNER_` is removed, because each may be a setting, the secret included.
    /// Those of a job, such as `CLUSTERRUNNER_BUILD_ID`, are added afterwards.
    package static func inherited(from service: [ByteString: ByteString]) -> [ByteString: ByteString] {
        service.filter { name, _ in
            !name.withBytes { $0.starts(with: "CLUSTERRUNNER_".utf8) } && !shellStartup.contains(name)
                && !SystemdVariables.names.contains(name)
        }
    }

    /// The variables with which a shell starts differently: with `SHELLOPTS=noexec` each command would succeed unrun.
    private static let shellStartup: Set<ByteString> = ["BASH_ENV", "BASHOPTS", "SHELLOPTS"]

    /// Returns the environment of this process, byte for byte.
    package static func ofProcess() -> [ByteString: ByteString] {
        var variables: [ByteString: ByteString] = [:]
        var next = environ
        while let entry = next.pointee {
            let bytes = ByteString(cString: entry).bytes
            if let equals = bytes.firstIndex(of: UInt8(ascii: "=")) {
                variables[ByteString(bytes[..<equals])] = ByteString(bytes[(equals + 1)...])
            }
            next += 1
        }
        return variables
    }
}
