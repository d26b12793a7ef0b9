import ClusterRunnerFiles

/// A content that Git LFS keeps outside of the repository.
struct LFSContent: Hashable, Sendable {
    /// Its SHA-256, 64 lower-case hexadecimal digits.
    let hash: String
    /// Its size in bytes.
    let size: Int

    /// The largest blob that can be a pointer.
    static let pointerLimit = 1024

    /// Takes a hash that is one.
    init?(hash: some StringProtocol, size: some StringProtocol) {
        let isHash = hash.utf8.count == 64 && hash.utf8.allSatisfy { $0.isHexDigit && !(65...70).contains($0) }
        guard isHash, let number = Int(size), number >= 0, size.utf8.allSatisfy({ (48...57).contains($0) }) else {
            return nil
        }
        (self.hash, self.size) = (String(hash), number)
    }

    /// Reads a pointer, the text that stands in the repository for the content; nil when it is anything else.
    ///
    /// Pointers with extensions are left alone: only programs of the account could read what they point to.
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

/// The files of a commit whose contents lie in Git LFS.
struct LFSFiles: Equatable, Sendable {
    /// One of them.
    struct File: Equatable, Sendable {
        /// The pointer.
        let blob: ObjectID
        let content: LFSContent
    }

    let commit: ObjectID
    /// Whether some `.gitattributes` of the commit names the filter of Git LFS at all.
    var isUsed: Bool
    /// The files by their paths.
    var files: [FileName: File] = [:]

    /// The contents, each once.
    var contents: Set<LFSContent> { Set(files.values.map(\.content)) }
}

// MARK: - As bytes

extension LFSFiles {
    /// The list as it is kept: records that end in a zero byte, as no path has one.
    var bytes: [UInt8] {
        var bytes = Array("\(commit) \(isUsed ? "used" : "unused")".utf8) + [0]
        for (path, file) in files {
            bytes += Array("\(file.blob) \(file.content.hash) \(file.content.size) ".utf8) + path.bytes + [0]
        }
        return bytes
    }

    /// Reads what ``bytes`` wrote; nil when it is anything else.
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
