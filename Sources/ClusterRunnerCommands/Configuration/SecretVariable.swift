import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc

/// The variable `CLUSTERRUNNER_SECRET_FILE`: the path of a file with the secret alone, as CI systems hand secrets over.
enum SecretVariable {
    /// The variable that names the file.
    static let fileName = "CLUSTERRUNNER_SECRET_FILE"
    /// The variable that has the secret itself.
    static var name: String { GeneralConfiguration.keys.secret.key.environmentName }

    /// Returns an environment that has the secret itself in place of a file with it.
    ///
    /// White space at the end of the file does not belong to the secret.
    static func resolve(_ environment: [String: String]) throws -> [String: String] {
        var environment = environment
        guard let path = environment.removeValue(forKey: fileName), !path.isEmpty else { return environment }
        guard environment[name, default: ""].isEmpty else {
            throw ClusterRunnerError(.invalidArgument, "Set one of \(name) and \(fileName), not both.")
        }
        let bytes = try attempting("\(fileName) is \(path), which cannot be read", code: .invalidArgument) {
            try OpenFile(path, O_RDONLY).readToEnd(limit: mostBytes)
        }
        let text = String(validating: bytes, as: UTF8.self)
        guard let text, case let secret = text.trimmingSuffix(\.isWhitespace), !secret.isEmpty,
            !secret.contains(where: \.isNewline)
        else {
            throw ClusterRunnerError(
                .invalidArgument,
                "\(fileName) is \(path), which must have the secret in one line, and nothing else."
            )
        }
        environment[name] = String(secret)
        return environment
    }

    private static let mostBytes = 64 << 10
}

extension String {
    /// The text without the characters at its end that fulfil a condition.
    fileprivate func trimmingSuffix(_ isTrimmed: (Character) -> Bool) -> Substring {
        var text = self[...]
        while let last = text.last, isTrimmed(last) { text.removeLast() }
        return text
    }
}
