import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc

/// A file that a setting names and that nobody except its owner may read.
struct SecretFile: Sendable {
    /// The setting that names it.
    let setting: String
    let path: String
    /// The secret part of it, for errors.
    let content: String
    /// A sentence that helps when it is missing.
    let advice: String

    /// The beginning of sentences about the file.
    var noun: String { "\(setting) \(path)" }

    /// Reads at most `limit` bytes.
    ///
    /// - Throws: ``ClusterRunnerError`` that names the file and shows nothing of it, also when others than its owner have
    ///   access to it.
    func read(limit: Int) throws -> [UInt8] {
        // Without waiting: a named pipe has to be refused, not read.
        guard let file = try OpenFile.ifThere(path, O_RDONLY | O_NONBLOCK) else {
            throw ClusterRunnerError(.invalidArgument, "\(noun) does not exist. \(advice)")
        }
        let status = try attempting("\(noun) cannot be read", code: .failed) { try file.status() }
        if let fault = ConfigurationFile.fault(of: status, noun, holding: content, path: path, user: geteuid()) {
            throw ClusterRunnerError(.invalidArgument, fault)
        }
        return try attempting("\(noun) cannot be read", code: .failed) { try file.readToEnd(limit: limit) }
    }
}
