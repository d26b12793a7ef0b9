import ClusterRunnerJobFile
import ClusterRunnerPlugin

/// The variables of a command, on their way into a container.
///
/// The engine passes on variables of its own environment by name, so that no value is in a list of processes. It must
/// run with the settings of the machine, though, and it passes on only UTF-8. Values that it would take for its own
/// settings, or that are not UTF-8, therefore travel under another name and encoded.
struct ContainerVariables: Equatable {
    /// The names that the engine passes on.
    private(set) var passed: [String] = []
    /// The names whose values are encoded; the script in the container decodes them.
    private(set) var encoded: [String] = []
    /// The environment of the engine.
    private(set) var environment: [ByteString: ByteString]

    /// The beginning of the names under which encoded values travel.
    static let prefix = "CLUSTERRUNNER_ENV_"

    /// Sorts the variables of a command.
    ///
    /// - Parameters:
    ///   - command: all variables of the command.
    ///   - machine: those that the service was started with.
    ///   - given: the names that the job sets.
    init(command: [ByteString: ByteString], machine: [ByteString: ByteString], given: Set<String>) {
        environment = machine
        for (name, value) in command.sorted(by: { $0.key < $1.key }) {
            guard let name = name.text, ShellName.isValid(name) else { continue }
            let isOfMachine = Self.isOfMachine(name)
            if isOfMachine, !given.contains(name), machine[ByteString(name)] == value { continue }
            if isOfMachine || value.text == nil {
                encoded.append(name)
                passed.append(Self.prefix + name)
                environment[ByteString(Self.prefix + name)] = ByteString(Self.encode(value))
            } else {
                passed.append(name)
                environment[ByteString(name)] = value
            }
        }
    }

    /// Encodes bytes as the argument of `%b` in the format of `printf`.
    static func encode(_ value: ByteString) -> String {
        value.bytes.map { byte in
            guard byte < 0x20 || byte >= 0x7f || byte == UInt8(ascii: "\\") else {
                return String(Character(Unicode.Scalar(byte)))
            }
            let digits = String(byte, radix: 8)
            return "\\0" + String(repeating: "0", count: 3 - digits.count) + digits
        }.joined()
    }

    /// Whether a variable describes the machine or is a setting of the engine, and means nothing in a container.
    private static func isOfMachine(_ name: String) -> Bool {
        machineNames.contains(name) || machinePrefixes.contains { name.hasPrefix($0) }
    }

    private static let machineNames: Set = [
        "_", "CONTAINER_CONNECTION", "CONTAINER_HOST", "CONTAINER_PASSPHRASE", "CONTAINER_SSHKEY",
        "DBUS_SESSION_BUS_ADDRESS", "HOME", "HOSTNAME", "LD_LIBRARY_PATH", "LD_PRELOAD", "NOTIFY_SOCKET", "OLDPWD",
        "PATH", "PWD", "REGISTRY_AUTH_FILE", "SHELL", "SHLVL", "SSH_AUTH_SOCK", "TEMP", "TMP", "TMPDIR",
    ]
    private static let machinePrefixes = [
        "BUILDAH_", "CONTAINERS_", "DOCKER_", "LISTEN_", "PODMAN_", "STORAGE_", "XDG_", "_CONTAINERS_",
    ]
}
