import CDispatch
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc

/// A `clusterrunner.conf` on disk: read only when nobody else can read it, created where it is missing, and completed
/// with a secret where it has none.
struct ConfigurationFile {
    /// Its absolute path.
    let path: String
    /// Whether a person named it, so that a missing one is a mistake.
    let isNamed: Bool
    /// For the check of its values.
    let roots: ConfigurationKey.Roots

    /// Reads the file, after creating it if it is missing and not named.
    ///
    /// With `needsSecret`, one is generated and written when the file has none. Throws ``ClusterRunnerError``, also when
    /// others than the owner have access to the file.
    ///
    /// - Returns: Nil with `isOptional` when there is no file, and none can be created.
    func read(needsSecret: Bool, isOptional: Bool) throws -> INIFile? {
        guard isOptional, !isNamed else { return try read(needsSecret: needsSecret) }
        do {
            return try read(needsSecret: needsSecret)
        } catch  where access(path, F_OK) != 0 {
            return nil
        }
    }

    private func read(needsSecret: Bool) throws -> INIFile {
        if let file = try readIfThere() {
            guard needsSecret, takesSecret(file) else { return file }
        } else if isNamed {
            throw ClusterRunnerError(
                .notFound,
                "There is no configuration file \(path). Without --config-file, ~/.clusterrunner/clusterrunner.conf is "
                    + "used, and created if it is missing."
            )
        } else {
            try OpenFile.makeDirectory(directory)
        }
        return try OpenFile.withDirectoryLocked(directory) { try complete(needsSecret: needsSecret) }
    }

    /// Creates the file or adds its secret, unless another process did so while this one waited for the lock.
    private func complete(needsSecret: Bool) throws -> INIFile {
        let text = try readText()
        let file = INIFile(text ?? ConfigurationExample.text)
        let addsSecret = needsSecret && takesSecret(file)
        guard text == nil || addsSecret else { return file }
        let old = text ?? ConfigurationExample.text
        let new = addsSecret ? file.adding(secret: Self.makeSecret(), to: old) : old
        do {
            try replace(with: Array(new.utf8))
        } catch let error as ClusterRunnerError {
            let fault = text == nil ? "cannot be created" : "has no secret yet, and none can be written into it"
            throw ClusterRunnerError(.failed, "The configuration file \(path) \(fault). \(error.message)")
        }
        return INIFile(new)
    }

    /// Puts a new text in the place of the file's, with the group and the mode that it has.
    private func replace(with bytes: [UInt8]) throws {
        let status = FileStatus(path: resolvedPath)
        try OpenFile.replace(
            resolvedPath,
            with: bytes,
            mode: status.map(\.permissions) ?? 0o600,
            group: status.map(\.group)
        )
    }

    /// Whether a secret may be written into the file.
    ///
    /// One with faults is left as it is: a misspelt `secret` must not be outdone by a new one.
    private func takesSecret(_ file: INIFile) -> Bool {
        !file.hasSecret && ConfigurationReading(file: file, path: path, roots: roots).faults.isEmpty
    }

    private func readIfThere() throws -> INIFile? {
        try readText().map(INIFile.init)
    }

    private func readText() throws -> String? {
        // Without waiting: a named pipe has to be refused, not read.
        guard let file = try OpenFile.ifThere(path, O_RDONLY | O_NONBLOCK) else { return nil }
        let status = try attempting("The configuration file \(path) cannot be read", code: .failed) {
            try file.status()
        }
        if let fault = Self.fault(of: status, path: path, user: geteuid()) {
            throw ClusterRunnerError(.invalidArgument, fault)
        }
        guard let text = String(validating: try file.contents(), as: UTF8.self) else {
            throw ClusterRunnerError(.invalidArgument, "The configuration file \(path) is not UTF-8 text.")
        }
        return text
    }

    /// Why a file must not be used by a user, as a sentence; nil when it may.
    ///
    /// Nobody except the owner may read it, or write it. A file of root that is handed to a service of another user
    /// (mode 640, root:clusterrunner) may be read by its group: only root can have put that group there.
    static func fault(of status: FileStatus, path: String, user: uid_t) -> String? {
        fault(of: status, "The configuration file \(path)", holding: "the secret", path: path, user: user)
    }

    /// Why a file that holds something secret must not be used by a user; `noun` names it at the start of the sentence.
    static func fault(
        of status: FileStatus,
        _ noun: String,
        holding content: String,
        path: String,
        user: uid_t
    ) -> String? {
        guard status.kind == .regular else {
            return "\(noun) is not a regular file."
        }
        guard status.owner == user || status.owner == 0 else {
            return
                "\(noun) belongs to user \(status.owner); it must belong to user \(user), who "
                + "runs this program, or to root."
        }
        let isForService = status.owner == 0 && (user != 0 || status.group != 0)
        guard status.permissions & (isForService ? 0o037 : 0o077) == 0 else {
            return
                "\(noun) holds \(content), but others than its owner have access to it. Type: "
                + "chmod \(isForService ? "640" : "600") \(path)"
        }
        return nil
    }

    /// Where the file really lies: replacing a symbolic link would cut it off from what it leads to.
    private var resolvedPath: String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return ByteString(cString: resolved).text ?? path
    }

    private var directory: String {
        let directory = resolvedPath.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        return directory.count <= 1 ? "/" : directory.joined(separator: "/")
    }

    /// 256 bits of the system's random source, in hex.
    static func makeSecret() -> String {
        var source = SystemRandomNumberGenerator()
        return (0..<4).map { _ in
            let digits = String(source.next(), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}

extension INIFile {
    fileprivate var hasSecret: Bool {
        let secret = GeneralConfiguration.keys.secret.key
        return entries.contains { $0.section == secret.home.rawValue && $0.key == secret.name }
    }

    /// The file's text with a secret in `[general]`, all else as it was.
    func adding(secret: String, to text: String) -> String {
        let line = "\(GeneralConfiguration.keys.secret) = \(secret)"
        guard let header = headers.first(where: { $0.name == ConfigurationSection.general.rawValue }) else {
            let end = text.isEmpty || text.utf8.last == UInt8(ascii: "\n") ? "" : "\n"
            return text + "\(end)\n[general]\n\(line)\n"
        }
        var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
            String(Substring($0))
        }
        let isDOS = lines[header.line - 1].utf8.last == UInt8(ascii: "\r")
        lines.insert(isDOS ? line + "\r" : line, at: header.line)
        return lines.joined(separator: "\n")
    }
}
