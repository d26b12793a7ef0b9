import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation
import GitProjectType

/// The upload of a folder of this machine.
struct FolderUpload {
    let folder: ByteString
    /// Its name in messages, and in the history of durations unless it is a clone.
    let name: String
    /// Whether the rules of git leave files out.
    let respectsRules: Bool
    let destination: any UploadDestination

    /// What the master has got.
    struct Outcome {
        let digest: ContentHash
        let commit: String?
        /// The name by which the history of the project is kept.
        let project: String
    }

    /// How often a folder is read again that changes meanwhile.
    private static let mostReadings = 3
    /// The size of a message with pieces, in bytes, unless one piece is larger.
    private static let messageSize = 8 << 20

    /// Sends what the master lacks.
    func send() async throws -> Outcome {
        var changed: ByteString?
        for _ in 0..<Self.mostReadings {
            do {
                return try await sendOnce()
            } catch let change as FolderScan.ChangedFile {
                changed = change.path
            }
        }
        throw ClusterRunnerError(
            .failed,
            "\"\(changed ?? folder)\" in \"\(name)\" changes again and again while the folder is read. Stop what writes to "
                + "it, or leave it out with .gitignore."
        )
    }

    private func sendOnce() async throws -> Outcome {
        let (scan, commit, origin) = try await scan()
        let encoded = scan.tree.encoded
        guard encoded.count < UploadStorage.messageLimit else {
            throw ClusterRunnerError(
                .tooLarge,
                "The folder \"\(name)\" has too many files to be uploaded: \(scan.tree.entries.count). Leave some out with "
                    + ".gitignore."
            )
        }
        guard !scan.tree.entries.isEmpty else {
            throw ClusterRunnerError(.invalidArgument, "There is no file to upload in \"\(name)\".")
        }
        scan.notes.forEach(destination.report)
        let digest = try ContentHash(of: encoded)
        var missing = try await ask(.tree(encoded))
        tell(missing, of: scan)
        while !missing.isEmpty {
            try await send(missing, of: scan)
            let left = try await ask(.question(digest))
            guard left.count < missing.count else {
                throw ClusterRunnerError(.failed, "The master does not keep what is sent to it.")
            }
            missing = left
        }
        return Outcome(digest: digest, commit: commit, project: origin ?? name)
    }

    private func scan() async throws -> (FolderScan, commit: String?, origin: String?) {
        try await FileWork.run("Reading the folder \"\(name)\"") {
            [folder, respectsRules, foreign = destination.foreignPaths] check in
            let rules = try IgnoreRules(folder: folder)
            let scan = try FolderScan(folder, rules: respectsRules ? rules : nil, without: foreign, check: check)
            return (scan, rules.commit, rules.origin)
        }
    }

    private func tell(_ missing: [ContentHash], of scan: FolderScan) {
        let bytes = missing.reduce(0) { $0 + scan.size(of: $1) }
        let count = scan.fileCount(of: Set(missing))
        let what =
            missing.isEmpty ? "none is new to the master" : "\(count) new to the master (\(Self.text(bytes: bytes)))"
        let files = scan.tree.fileCount == 1 ? "1 file" : "\(scan.tree.fileCount) files"
        destination.report("Uploading \(name): \(files), \(what).")
    }

    private func send(_ missing: [ContentHash], of scan: FolderScan) async throws {
        var rest = missing[...]
        while !rest.isEmpty {
            var size = 0
            let batch = rest.prefix { piece in
                let isFirst = size == 0
                size += scan.size(of: piece)
                return isFirst || size <= Self.messageSize
            }
            rest = rest.dropFirst(batch.count)
            let pieces = try await FileWork.run("Reading the folder \"\(name)\"") { check in
                try batch.map { piece in
                    try check()
                    return try scan.bytes(of: piece)
                }
            }
            _ = try await destination.send(UploadMessage.pieces(pieces).encoded)
        }
    }

    private func ask(_ message: UploadMessage) async throws -> [ContentHash] {
        var reader = ByteReader(try await destination.send(message.encoded))
        return try reader.hashes()
    }

    private static func text(bytes: Int) -> String {
        switch bytes {
        case ..<(1 << 10): "\(bytes) bytes"
        case ..<(1 << 20): "\(bytes >> 10) KiB"
        default: "\(bytes >> 20) MiB"
        }
    }
}
