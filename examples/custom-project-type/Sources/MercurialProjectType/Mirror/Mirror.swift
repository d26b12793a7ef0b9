import Foundation

/// A machine's copy of a repository, without a working directory; it outlives builds.
///
/// Builds may use it at the same time: `hg` itself locks a repository that it changes, and a new one comes into place
/// whole, by its name.
struct Mirror: Sendable {
    let path: String
    let hg: Hg
    private let scratch: Scratch

    /// Names the mirror of a repository below `storage`.
    init(of url: MercurialURL, in storage: String, hg: Hg, scratch: Scratch) {
        // Readable and unique. A slash is no part of a name, and a name has at most 255 bytes.
        let name = url.withoutCredentials.replacing("%", with: "%25").replacing("/", with: "%2F") + "~"
        let bytes = Array(name.utf8)
        let parts = stride(from: 0, to: bytes.count, by: 200).map { start in
            String(decoding: bytes[start..<min(start + 200, bytes.count)], as: UTF8.self)
        }
        path = "\(storage)/mirrors/\(parts.joined(separator: "/"))"
        (self.hg, self.scratch) = (hg, scratch)
    }

    /// The identity of the directory, which a new mirror does not share; nil when there is none.
    var generation: UInt64? {
        var status = stat()
        return stat(path, &status) == 0 ? UInt64(status.st_ino) : nil
    }

    /// Adds changesets to the repository in a directory.
    typealias Fill = (_ repository: String, _ hg: Hg) async throws -> Void

    /// Adds changesets to the mirror, which is made when there is none.
    func add(by fill: Fill) async throws {
        guard generation == nil else { return try await fill(path, hg) }
        let fresh = try await makeRepository(filledBy: fill)
        try makeParent()
        if rename(fresh, path) != 0 {
            // Another build was faster, and its mirror is in use already.
            guard errno == ENOTEMPTY || errno == EEXIST else { throw POSIXError.last }
            try await fill(path, hg)
        }
    }

    /// Replaces the mirror, unless another build has done so.
    ///
    /// Until the new one is complete, the old one stays.
    func replace(_ generation: UInt64, by fill: Fill) async throws {
        guard self.generation == generation else { return }
        let fresh = try await makeRepository(filledBy: fill)
        guard self.generation == generation else { return }
        guard try rename(path, scratch.newPath("damaged")) == 0, rename(fresh, path) == 0 else { throw POSIXError.last }
    }

    private func makeRepository(filledBy fill: Fill) async throws -> String {
        let fresh = try scratch.newPath("repository")
        try FileManager.default.createDirectory(atPath: fresh, withIntermediateDirectories: false)
        try await hg(["init"], in: fresh)
        try await fill(fresh, hg)
        return fresh
    }

    private func makeParent() throws {
        let parent = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
    }
}

extension POSIXError {
    /// The error of the system call before.
    static var last: Self { Self(Code(rawValue: errno) ?? .EIO) }
}
