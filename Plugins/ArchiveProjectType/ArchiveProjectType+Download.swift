import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation

/// Archives at a URL.
extension ArchiveProjectType {
    /// The largest archive, and the largest total of unpacked files, in bytes.
    static let sizeLimit = 64 << 30

    /// Downloads and unpacks an archive, and stores its files.
    func download(_ url: String) async throws -> (ContentHash, ProjectTree, notes: [String]) {
        guard let archives = context.archives else {
            throw ClusterRunnerError(.failed, "This program cannot download archives.")
        }
        let scratch = try store.scratch()
        let (file, folder) = ("\(scratch).archive", scratch)
        defer {
            unlink(file)
            removeTree(folder)
        }
        try await archives.download(url, to: file, byteLimit: Self.sizeLimit)
        try await check(file, url)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        let notes = try await archives.unpack(file, into: folder, byteLimit: Self.sizeLimit)
        let (digest, tree) = try await FileWork.run("Reading the files of \(Credentials.masked(in: url))") {
            [store] check in
            let scan = try FolderScan(Self.top(of: folder), rules: nil, check: check)
            for piece in store.missing(scan.tree.piecesInOrder) {
                try check()
                try store.put(try scan.bytes(of: piece))
            }
            return (try store.put(scan.tree), scan.tree)
        }
        return (digest, tree, notes)
    }

    private func check(_ file: String, _ url: String) async throws {
        guard let expected = archive.digest else { return }
        let found = try await FileWork.run("Reading \(Credentials.masked(in: url))") { check in
            try attempting("The file \(file) cannot be read", code: .failed) {
                let hasher = try ContentHasher()
                let archive = try OpenFile(file, O_RDONLY)
                while case let bytes = try archive.nextBytes(1 << 20), !bytes.isEmpty {
                    try check()
                    try bytes.withUnsafeBytes { try hasher.update($0) }
                }
                return try hasher.finish()
            }
        }
        guard found == expected else {
            throw ClusterRunnerError(
                .failed,
                "The archive at \(Credentials.masked(in: url)) has the SHA-256 \(found), and not \(expected)."
            )
        }
    }

    /// Returns the folder that holds the project: the one in which all files lie, as most archives have one, or the top.
    static func top(of folder: String) -> ByteString {
        let names = DirectoryListing(at: ByteString(folder)).names
        let only = names.first.map { ByteString(folder).appending($0) }
        guard names.count == 1, let only, FileStatus(path: only)?.kind == .directory else { return ByteString(folder) }
        return only
    }
}
