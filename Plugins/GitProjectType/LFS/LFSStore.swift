import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation
import Glibc

/// The contents of a mirror's Git LFS, in the layout of git-lfs.
struct LFSStore: Sendable {
    private let directory: String

    init(of mirror: Mirror) {
        directory = "\(mirror.path)/lfs"
    }

    // Seconds without a build after which contents are removed, to be fetched again when needed.
    private static let idleLimit = 14 * 86_400

    /// Returns the path of a content.
    func path(of content: LFSContent) -> String {
        "\(directory)/objects/\(content.hash.prefix(2))/\(content.hash.dropFirst(2).prefix(2))/\(content.hash)"
    }

    /// Whether a content is completely here.
    func has(_ content: LFSContent) -> Bool {
        FileStatus(path: path(of: content))?.size == content.size
    }

    /// Finds the missing contents; removes incomplete ones, which git-lfs would treat as complete.
    func missing(of contents: Set<LFSContent>) -> [LFSContent] {
        contents.filter { content in
            guard !has(content) else { return false }
            unlink(path(of: content))
            return true
        }
    }

    /// Removes contents whose bytes do not match their names.
    func removeDamaged(_ contents: Set<LFSContent>, _ stop: StopFlag) throws {
        for content in contents where has(content) {
            guard let file = try? ScratchFile(reading: path(of: content)) else { continue }
            if try file.hash(stop) != content.hash { unlink(path(of: content)) }
        }
    }

    /// Creates a file for an incoming content.
    func makeFile() throws -> (path: String, file: SharedFile) {
        try makeDirectory("\(directory)/tmp")
        let path = "\(directory)/tmp/\(UUID.random().uuidString)"
        let file = try attempting("The file \"\(path)\" could not be made", code: .failed) {
            try SharedFile(path, O_WRONLY | O_CREAT | O_EXCL)
        }
        return (path, file)
    }

    /// Moves a file to the place of a content.
    func add(_ content: LFSContent, from file: String) throws {
        let place = path(of: content)
        try makeDirectory(NSString(string: place).deletingLastPathComponent)
        guard rename(file, place) == 0 else { throw systemError("The file \"\(place)\" could not be written") }
    }

    /// Records that a build has contents, and removes those without a build for a while.
    func touch(_ contents: Set<LFSContent>) {
        for content in contents { utimes(path(of: content), nil) }
        let swept = "\(directory)/swept"
        // Once a day is enough.
        if let status = FileStatus(path: swept), time(nil) - status.modified.seconds < 86_400 { return }
        guard access(directory, F_OK) == 0 else { return }
        try? Data().write(to: URL(filePath: swept))
        for first in DirectoryListing.texts(in: "\(directory)/objects") {
            for second in DirectoryListing.texts(in: "\(directory)/objects/\(first)") {
                removeIdle(in: "\(directory)/objects/\(first)/\(second)")
            }
        }
        removeIdle(in: "\(directory)/tmp")
    }

    private func removeIdle(in folder: String) {
        for name in DirectoryListing.texts(in: folder) {
            guard let status = FileStatus(path: "\(folder)/\(name)"),
                time(nil) - status.modified.seconds > Self.idleLimit
            else { continue }
            unlink("\(folder)/\(name)")
        }
    }
}

extension ScratchFile {
    /// Computes the SHA-256 of the whole file.
    func hash(_ stop: StopFlag) throws -> String {
        let hash = try ContentHasher()
        var offset = 0
        while case let bytes = try read(at: offset, count: 1 << 20), !bytes.isEmpty {
            try stop.check()
            try bytes.withUnsafeBytes { try hash.update($0) }
            offset += bytes.count
        }
        return try hash.finish().description
    }
}
