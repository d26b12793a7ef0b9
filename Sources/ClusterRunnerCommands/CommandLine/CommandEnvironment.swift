package import ClusterRunnerPlugin
import Glibc

/// The environment that commands start from.
package enum CommandEnvironment {
    /// The environment that this process was started with, without its configuration.
    ///
    /// Every variable that starts with `CLUSTERRUNNER_` goes: each setting can be given as one, the secret too. Those
    /// of a job, such as `CLUSTERRUNNER_BUILD_ID`, are added afterwards.
    package static func inherited(from service: [ByteString: ByteString]) -> [ByteString: ByteString] {
        service.filter { name, _ in !name.withBytes { $0.starts(with: "CLUSTERRUNNER_".utf8) } }
    }

    /// The environment of this process, byte for byte.
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
