import ClusterRunnerPlugin

/// The token that reads the metrics of a master, from the file that `metrics_token_file` names.
///
/// Prometheus sends it as `Authorization: Bearer TOKEN`. It is apart from the secret, which permits every change.
struct MetricsToken: Sendable {
    /// The token itself.
    let text: String

    /// The minimum number of characters.
    static let minimumLength = 16
    private static let maximumLength = 4_096
    /// The characters of a token (RFC 6750, 2.1).
    private static let characters = Set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=".utf8
    )

    /// Reads a file that nobody except its owner can read.
    ///
    /// - Throws: ``ClusterRunnerError`` that names the file and does not show the token.
    init(path: String) throws {
        let file = SecretFile(
            setting: "metrics_token_file",
            path: path,
            content: "the token",
            advice: "Make one with: (umask 077; openssl rand -hex 32 > \(path))"
        )
        text = try Self.token(in: try file.read(limit: Self.maximumLength + 3), file.noun)
    }

    /// Returns the one line of the file.
    private static func token(in bytes: [UInt8], _ noun: String) throws -> String {
        var line = bytes[...]
        if line.last == UInt8(ascii: "\n") { line.removeLast() }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        guard line.allSatisfy(characters.contains), (minimumLength...maximumLength).contains(line.count) else {
            throw ClusterRunnerError(
                .invalidArgument,
                "\(noun) must hold one line of \(minimumLength) to \(maximumLength) letters, digits and -._~+/=, "
                    + "such as \"openssl rand -hex 32\" prints."
            )
        }
        return String(decoding: line, as: UTF8.self)
    }
}
