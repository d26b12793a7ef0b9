import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation

/// The contents and the trees of projects on one machine, named by their hashes.
///
/// A content appears as a whole or not at all, and is checked by its hash when it is read: no write waits for the disk,
/// and what a crash or a bad disk changed counts as missing.
struct ContentStore: Sendable {
    private let directory: String

    /// The store below the storage directory of a machine.
    init(below storageDirectory: String) {
        directory = "\(storageDirectory)/\(ArchiveProjectType.name)"
    }

    /// Whether a piece is here.
    func has(_ piece: ContentHash) -> Bool { access(path(of: piece), F_OK) == 0 }

    /// Returns those of the pieces that are not here, each once, in order.
    func missing(_ pieces: some Sequence<ContentHash>) -> [ContentHash] {
        var seen: Set<ContentHash> = []
        return pieces.filter { seen.insert($0).inserted && !has($0) }
    }

    /// Stores a piece.
    @discardableResult
    func put(_ bytes: some Collection<UInt8>) throws -> ContentHash {
        let hash = try ContentHash(of: bytes)
        if !has(hash) { try write(bytes, to: path(of: hash)) }
        return hash
    }

    /// Reads a piece of a given size; nil when it is not here or no longer what it was.
    func piece(_ hash: ContentHash, size: Int) throws -> [UInt8]? {
        guard let bytes = try read(path(of: hash), limit: size + 1) else { return nil }
        guard bytes.count == size, try ContentHash(of: bytes) == hash else {
            unlink(path(of: hash))
            return nil
        }
        return bytes
    }

    /// Removes the pieces of a tree that are no longer what they were.
    func removeDamage(of tree: ProjectTree, check: () throws -> Void) throws {
        for (hash, size) in tree.pieceSizes {
            try check()
            _ = try piece(hash, size: size)
        }
    }

    /// Stores a tree; returns its digest.
    ///
    /// Its pieces, those that are here and those that follow, are kept as long as the tree is.
    @discardableResult
    func put(_ tree: ProjectTree) throws -> ContentHash {
        let bytes = tree.encoded
        let digest = try ContentHash(of: bytes)
        if try self.tree(digest) == nil { try write(bytes, to: path(ofTree: digest)) }
        return digest
    }

    /// Reads a tree, which counts as used now; nil when it is not here.
    func tree(_ digest: ContentHash) throws -> ProjectTree? {
        let path = path(ofTree: digest)
        guard let bytes = try read(path, limit: .max), try ContentHash(of: bytes) == digest else {
            unlink(path)
            return nil
        }
        utimensat(AT_FDCWD, path, nil, 0)
        return try ProjectTree(encoded: bytes)
    }

    private func read(_ path: String, limit: Int) throws -> [UInt8]? {
        do {
            return try OpenFile(path, O_RDONLY).readToEnd(limit: limit)
        } catch {
            guard error.number != ENOENT else { return nil }
            throw error.error("The file \(path) cannot be read", code: .failed)
        }
    }

    private func write(_ bytes: some Collection<UInt8>, to path: String) throws {
        let folder = NSString(string: path).deletingLastPathComponent
        let partial = "\(folder)/\(Self.partialPrefix)\(UUID.random().uuidString)"
        try attempting("The file \(path) cannot be written", code: .failed) {
            do {
                try store(bytes, partial, path)
            } catch let fault as SystemFault where fault.number == ENOENT {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                try store(bytes, partial, path)
            }
        }
    }

    private func store(_ bytes: some Collection<UInt8>, _ partial: String, _ path: String) throws {
        do {
            try OpenFile(partial, O_WRONLY | O_CREAT | O_EXCL).writeAll(bytes)
            try retryingInterrupts { rename(partial, path) }
        } catch {
            unlink(partial)
            throw error
        }
    }
}

// MARK: Places

extension ContentStore {
    /// The beginning of the names of files that are being written.
    private static let partialPrefix = "."

    private var contents: String { "\(directory)/contents" }
    private var trees: String { "\(directory)/trees" }

    private func path(of piece: ContentHash) -> String {
        let digits = piece.description
        return "\(contents)/\(digits.prefix(2))/\(digits)"
    }

    private func path(ofTree digest: ContentHash) -> String { "\(trees)/\(digest)" }

    /// Creates the path of a file or folder that is not there yet.
    func scratch() throws -> String {
        let folder = "\(directory)/scratch"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return "\(folder)/\(UUID.random().uuidString)"
    }
}

// MARK: Collection

extension ContentStore {
    /// How long a tree is kept after its last use.
    static let treeLife = Duration.seconds(7 * 86_400)
    /// How long a content is kept that no tree names, such as that of an upload that was broken off.
    static let contentLife = Duration.seconds(86_400)
    private static let interval = Duration.seconds(3600)

    /// Removes what is no longer used, at most once an hour; `now` is in seconds since 1970.
    ///
    /// A tree is stored before its contents are looked for, so what is found then is named by a tree.
    func collect(now: Int, check: () throws -> Void) throws {
        guard let mark = try? OpenFile("\(directory)/collected", O_RDWR | O_CREAT), mark.tryLock(.exclusive) else {
            return
        }
        defer { mark.unlock() }
        let status = try? mark.status()
        guard status.map({ $0.size == 0 || now - $0.modified.seconds >= Self.interval.seconds }) ?? false else {
            return
        }
        try remove(now: now, check)
        _ = try? mark.writeAll(Array("\(now)\n".utf8), at: 0)
    }

    private func remove(now: Int, _ check: () throws -> Void) throws {
        var used: Set<ContentHash> = []
        for name in DirectoryListing.texts(in: trees) {
            try check()
            let path = "\(trees)/\(name)"
            guard !isOlder(path, than: name.hasPrefix(Self.partialPrefix) ? Self.contentLife : Self.treeLife, now)
            else {
                unlink(path)
                continue
            }
            if let bytes = try read(path, limit: .max), let tree = try? ProjectTree(encoded: bytes) {
                used.formUnion(tree.piecesInOrder)
            }
        }
        for folder in DirectoryListing.texts(in: contents) {
            for name in DirectoryListing.texts(in: "\(contents)/\(folder)") {
                try check()
                let path = "\(contents)/\(folder)/\(name)"
                if let hash = ContentHash(name), used.contains(hash) { continue }
                if isOlder(path, than: Self.contentLife, now) { unlink(path) }
            }
        }
        for name in DirectoryListing.texts(in: "\(directory)/scratch") {
            let path = "\(directory)/scratch/\(name)"
            if isOlder(path, than: Self.contentLife, now) { removeTree(path) }
        }
    }

    private func isOlder(_ path: String, than life: Duration, _ now: Int) -> Bool {
        FileStatus(path: path, followingLinks: false).map { now - $0.modified.seconds > life.seconds } ?? false
    }
}

extension Duration {
    fileprivate var seconds: Int { Int(components.seconds) }
}
