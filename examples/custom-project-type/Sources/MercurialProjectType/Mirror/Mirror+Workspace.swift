import ClusterRunnerPlugin
import Foundation
import Subprocess
import SystemPackage

extension Mirror {
    /// Makes a repository of a changeset and its ancestors in an empty directory, and checks the changeset out.
    ///
    /// The repository shares no file with the mirror, not even by hard links: jobs may change it in every way.
    func checkOut(_ hash: String, into workspace: String, _ url: String) async throws {
        let options = ["--quiet", "--pull", "--rev", hash, "--updaterev", hash]
        try await hg(["clone"] + options + [".", workspace], in: path)
        // `hg` has entered the path of the mirror.
        try Data("[paths]\ndefault = \(url)\n".utf8).write(to: URL(filePath: "\(workspace)/.hg/hgrc"))
    }
}

/// A build's directory.
enum Workspace {
    /// Removes everything in it, after a checkout that failed.
    static func clear(_ workspace: String) async throws {
        // Foundation would skip names that are not UTF-8.
        _ = try await Subprocess.run(
            .name("find"),
            arguments: [".", "-mindepth", "1", "-delete"],
            workingDirectory: FilePath(workspace),
            output: .discarded
        )
    }

    /// Returns the project's directory, if the changeset has it and it does not lead out of the workspace.
    static func directory(_ path: ByteString, in workspace: String, _ url: String) throws -> ByteString {
        guard !path.isEmpty else { return ByteString(workspace) }
        let whole = ByteString(Array("\(workspace)/".utf8) + path.bytes)
        var status = stat()
        guard let root = resolved(ByteString(workspace)), let place = resolved(whole),
            stat(cString(whole), &status) == 0, status.st_mode & S_IFMT == S_IFDIR
        else {
            throw ClusterRunnerError(.failed, "The repository \(url) has no directory \"\(path)\" at this changeset.")
        }
        guard place.starts(with: root + [UInt8(ascii: "/")]) || place == root else {
            throw ClusterRunnerError(
                .failed,
                "The directory \"\(path)\" of \(url) is a link that leads out of the repository."
            )
        }
        return whole
    }

    private static func resolved(_ path: ByteString) -> [UInt8]? {
        guard let resolved = realpath(cString(path), nil) else { return nil }
        defer { free(resolved) }
        return Array(UnsafeRawBufferPointer(start: resolved, count: strlen(resolved)))
    }

    private static func cString(_ path: ByteString) -> [CChar] { path.bytes.map { CChar(bitPattern: $0) } + [0] }
}
