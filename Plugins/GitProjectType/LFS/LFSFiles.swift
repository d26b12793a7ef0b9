import ClusterRunnerFiles

/// A content that Git LFS keeps outside the repository.
struct LFSContent: Hashable, Sendable {
    /// Its SHA-256, 64 lower-case hexadecimal digits.
    let hash: String
    /// Its size in bytes.
    let size: Int

    /// Maximum size of a pointer blob.
    static let pointerLimit = 1024

    /// Creates a content from a valid hash and size; nil for invalid ones.
    init?(hash: some StringProtocol, size: some StringProtocol) {
        let isHash = hash.utf8.count == 64 && hash.utf8.allSatisfy { $0.isHexDigit && !(65...70).contains($0) }
        guard isHash, let number = Int(size), number >= 0, size.utf8.allSatisfy({ (48...57).contains($0) }) else {
            return nil
        }
        (self.hash, self.size) = (String(hash), number)
    }

    /// Parses a pointer, the text in the repository that stands for the content; nil for any other text.
    ///
    /// Pointers with extensions are ignored: only programs of the account could read their contents.
    init?(pointer bytes: some Collection<UInt8>) {
        guard bytes.count < Self.pointerLimit, let text = String(validating: bytes, as: UTF8.self) else { return nil }
        let lines = text.split(separator: "\n").map { $0.hasSuffix("\r") ? $0.dropLast() : $0 }
        let versions = ["https://git-lfs.github.com/spec/v1", "https://hawser.github.com/spec/v1"]
        guard lines.count == 3, lines[0].hasPrefix("version "), versions.contains(String(lines[0].dropFirst(8))),
            lines[1].hasPrefix("oid sha256:"), lines[2].hasPrefix("size ")
        else { return nil }
        self.init(hash: lines[1].dropFirst(11), size: lines[2].dropFirst(5))
    }
}

/// The files of a commit whose contents are in Git LFS.
struct LFSFiles: Equatable, Sendable {
    /// One of these files.
    struct File: Equatable, Sendable {
        /// The pointer.
        let blob: ObjectID
        let content: LFSContent
    }

    let commit: ObjectID
    /// Whether any `.gitattributes` of the commit names the filter of Git LFS.
    var isUsed: Bool
    /// The files by their paths.
    var files: [FileName: File] = [:]

    /// The contents, each once.
    var contents: Set<LFSContent> { Set(files.values.map(\.content)) }
}

// MARK: - As bytes

extension LFSFiles {
    /// The encoded list: records that end in a zero byte, which no path contains.
    var bytes: [UInt8] {
        var bytes = Array("\(commit) \(isUsed ? "used" : "unused")".utf8) + [0]
        for (path, file) in files {
            bytes += Array("\(file.blob) \(file.content.hash) \(file.content.size) ".utf8) + path.bytes + [0]
        }
        return bytes
    }

    /// Decodes ``bytes``; nil for anything else.
    init?(_ bytes: [UInt8]) {
        let records = bytes.split(separator: 0)
        let head = records.first.map { String(decoding: $0, as: UTF8.self).split(separator: " ") } ?? []
        guard bytes.last == 0, head.count == 2, let commit = ObjectID(hex: String(head[0])) else { return nil }
        self.init(commit: commit, isUsed: head[1] == "used")
        for record in records.dropFirst() {
            let parts = record.split(separator: UInt8(ascii: " "), maxSplits: 3)
            guard parts.count == 4, let blob = ObjectID(hex: String(decoding: parts[0], as: UTF8.self)),
                let content = LFSContent(
                    hash: String(decoding: parts[1], as: UTF8.self),
                    size: String(decoding: parts[2], as: UTF8.self)
                )
            else { return nil }
            files[FileName(parts[3])] = File(blob: blob, content: content)
        }
    }
}
