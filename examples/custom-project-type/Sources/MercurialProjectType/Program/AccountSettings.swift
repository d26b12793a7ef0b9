import ClusterRunnerPlugin
import Foundation

/// The configuration of `hg` for one project.
///
/// It is that of the account which runs the service, so that logins, certificates, proxies, ssh commands and extensions
/// are those of `hg` in a shell. Left out is what would act on our repositories beside their purpose: hooks, shared
/// stores, other addresses.
struct AccountSettings: Sendable {
    private var lines: [UInt8] = []

    private static let leftOut: Set = ["hooks", "share", "paths", "alias", "defaults", "merge-tools", "bundle"]

    /// The name of the repository's address in the configuration.
    ///
    /// As an argument, an address with a password would be in the machine's list of processes.
    static let source = "clusterrunner-source"

    /// Reads the configuration of the account.
    init(readBy hg: Hg) async throws {
        // A service in a repository must not use the configuration of that. The exit code 1 means that nothing is set.
        let end = try await hg.end(of: ["config", "--template", #"{name}\0{value}\0"#], in: "/")
        guard end.isSuccess || end.errors.isEmpty else { throw HgFailure(command: "config", errors: end.errors) }
        let fields = end.output.split(separator: 0, omittingEmptySubsequences: false)
        var names: Set<String> = []
        for index in stride(from: 0, to: fields.count - 1, by: 2) {
            let name = String(decoding: fields[index], as: UTF8.self)
            guard let dot = name.firstIndex(of: "."), !Self.leftOut.contains(String(name[..<dot])) else { continue }
            names.insert(name)
            add(String(name[..<dot]), String(name[name.index(after: dot)...]), fields[index + 1])
        }
        if !names.contains("http.timeout") {
            add("http", "timeout", "\(hg.surroundings.answerLimit.components.seconds)".utf8)
        }
        // A subrepository names addresses of its own, which no one has checked.
        add("subrepos", "allowed", "false".utf8)
    }

    /// Adds the address of the repository.
    mutating func addSource(_ url: String) {
        add("paths", Self.source, url.utf8)
    }

    private mutating func add(_ section: String, _ key: String, _ value: some Sequence<UInt8>) {
        lines += "[\(section)]\n\(key) = ".utf8
        // A line that starts with a blank continues the value.
        for byte in value { lines += byte == UInt8(ascii: "\n") ? Array("\n  ".utf8) : [byte] }
        lines.append(UInt8(ascii: "\n"))
    }

    /// Writes a file that only this account can read.
    func write(to path: String) throws {
        let attributes = [FileAttributeKey.posixPermissions: 0o600]
        guard FileManager.default.createFile(atPath: path, contents: Data(lines), attributes: attributes) else {
            throw ClusterRunnerError(.failed, "The file \"\(path)\" could not be written: is the disk full?")
        }
    }
}
