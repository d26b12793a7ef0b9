import ClusterRunnerFiles
import ClusterRunnerPlugin
import ClusterRunnerWire

/// The key of a build that jobs of a CI system share, such as the number of their pipeline.
///
/// The secret of the build's master is derived from the common secret and the key. So a slave of another key is refused
/// like one with a wrong secret, wherever it looks.
struct BuildKey: Sendable, Equatable {
    let text: String

    private static let lengths = 1...200

    /// Checks a key.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument``.
    init(_ text: String, option: String) throws {
        try ArgumentBytes.requireText(text, of: option)
        let isPlain = text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F }
        guard isPlain, Self.lengths.contains(text.count) else {
            throw ClusterRunnerError(
                .invalidArgument,
                "\(option) is \"\(text)\". It must have 1 to \(Self.lengths.upperBound) characters without spaces, such "
                    + "as the number of a pipeline."
            )
        }
        self.text = text
    }

    /// Derives the secret of the build's master.
    func secret(from secret: Secret) throws -> [UInt8] {
        Array(try MessageAuthenticator(key: secret.bytes).digest(of: text.utf8, for: .buildKey).utf8)
    }
}

extension CommonOptions {
    /// Checks that the jobs of a build can have the same secret: a new one would be this machine's alone.
    func requireCommonSecret(_ environment: [String: String]) throws {
        let variables = [SecretVariable.name, SecretVariable.fileName]
        guard configFile == nil, variables.allSatisfy({ environment[$0, default: ""].isEmpty }) else { return }
        let path = try ConfigurationLoader.homeDirectory(environment) + "/.clusterrunner/clusterrunner.conf"
        guard FileStatus(path: path) == nil else { return }
        throw ClusterRunnerError(
            .invalidArgument,
            "The jobs of a build need the same secret, and there is none on this machine. Set \(SecretVariable.name), or "
                + "\(SecretVariable.fileName) to the path of a file with it, from a secret of the CI system."
        )
    }
}
