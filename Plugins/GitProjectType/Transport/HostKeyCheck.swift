import Foundation

/// A check that an ssh server is the one it claims to be.
struct HostKeyCheck {
    let url: GitURL
    let surroundings: GitSurroundings
    /// Whether servers that `known_hosts` does not list are refused.
    let isStrict: Bool

    /// Returns the fault of the key that a server presented; nil if it is valid.
    func fault(ofKey key: [UInt8]) -> String? {
        switch knownKeys {
        case nil:
            "ssh-keygen is needed to read \(knownHostsFiles.joined(separator: " and ")), and could not be run"
        case let known?:
            Self.fault(
                of: Data(key).base64EncodedString(),
                host: Self.entry(for: url),
                known: known,
                isStrict: isStrict
            )
        }
    }

    /// Decides by the lines of `known_hosts` for the host.
    static func fault(of key: String, host: String, known lines: [String], isStrict: Bool) -> String? {
        let entries = lines.map { $0.split(separator: " ").map(String.init) }.filter { !$0.isEmpty }
        if entries.contains(where: { $0[0] == "@revoked" && $0.contains(key) }) {
            return "the ssh host key of \(host) is marked as revoked in known_hosts"
        }
        let plain = entries.filter { !$0[0].hasPrefix("@") }
        if plain.contains(where: { $0.count > 2 && $0[2] == key }) { return nil }
        if !plain.isEmpty {
            return changed(host)
        }
        guard isStrict else { return nil }
        return unknown(host)
    }

    /// Returns the fault of a host whose key differs from the known one.
    static func changed(_ host: String) -> String {
        "the ssh host key of \(host) is not the one in known_hosts: it was changed, or this is another server"
    }

    /// Returns the fault of an unknown host.
    static func unknown(_ host: String) -> String {
        "the ssh host key of \(host) is not in known_hosts, and git_strict_host_key_checking is on"
    }

    /// Returns the name of the host in known_hosts: with its port unless that is ssh's default.
    static func entry(for url: GitURL) -> String {
        let bare = url.host.hasPrefix("[") ? String(url.host.dropFirst().dropLast()) : url.host
        guard let port = url.port, port != 22 else { return bare }
        return "[\(bare)]:\(port)"
    }

    private var knownHostsFiles: [String] {
        ["\(surroundings.homeDirectory)/.ssh/known_hosts", "/etc/ssh/ssh_known_hosts"]
            .filter { FileManager.default.fileExists(atPath: $0) }
    }

    /// The lines about the host, including those with a hashed name; nil when they could not be read.
    private var knownKeys: [String]? {
        var lines: [String] = []
        for file in knownHostsFiles {
            // The program fails without output for an unlisted host too; without the program there is no answer.
            guard
                let output = ChildProgram.output(
                    of: ["ssh-keygen", "-F", Self.entry(for: url), "-f", file],
                    environment: surroundings.environment,
                    isFailureEmpty: true
                )
            else { return nil }
            lines += output.split(whereSeparator: \.isNewline).map(String.init).filter { !$0.hasPrefix("#") }
        }
        return lines
    }
}
