import ClusterRunnerFiles
public import ClusterRunnerPlugin
import Foundation

/// The master's side, and that of who requests a build.
extension ArchiveProjectType {
    public static func upload(
        _ parameters: ProjectParameters,
        to destination: any UploadDestination
    ) async throws -> ProjectParameters {
        var values = parameters.values
        let withoutRules = values.removeValue(forKey: "no_ignore") == .bool(true)
        guard let path = values.removeValue(forKey: "path").flatMap(ByteString.init) else {
            guard !withoutRules else {
                throw ClusterRunnerError(.invalidArgument, "--no-ignore is for a folder that is uploaded (--path).")
            }
            return parameters
        }
        for other in ["url", "tree", "digest"] where values[other] != nil {
            throw ClusterRunnerError(.invalidArgument, "Choose one of --path and --\(other).")
        }
        let outcome = try await send(path, respectsRules: !withoutRules, to: destination)
        values["tree"] = .string("\(outcome.digest)")
        values["project"] = values["project"] ?? .string(outcome.project)
        values["base_commit"] = values["base_commit"] ?? outcome.commit.map { .string($0) }
        return ProjectParameters(values)
    }

    private static func send(
        _ path: ByteString,
        respectsRules: Bool,
        to destination: any UploadDestination
    ) async throws -> FolderUpload.Outcome {
        switch FileStatus(path: path)?.kind {
        case .directory?:
            return try await FolderUpload(
                folder: path,
                name: path.escaped,
                respectsRules: respectsRules,
                destination: destination
            ).send()
        case .regular?:
            guard let text = path.text else {
                throw ClusterRunnerError(
                    .invalidArgument,
                    "The name of the archive \"\(path)\" is not UTF-8. Rename it."
                )
            }
            let folder =
                "\(FileManager.default.temporaryDirectory.path)/clusterrunner-upload-\(UUID.random().uuidString)"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
            defer { removeTree(folder) }
            let notes = try await destination.archives.unpack(text, into: folder, byteLimit: sizeLimit)
            notes.forEach(destination.report)
            return try await FolderUpload(
                folder: top(of: folder),
                name: path.escaped,
                respectsRules: false,
                destination: destination
            ).send()
        case nil: throw ClusterRunnerError(.invalidArgument, "There is no folder or archive \"\(path)\".")
        default: throw ClusterRunnerError(.invalidArgument, "\"\(path)\" is neither a folder nor an archive.")
        }
    }

    public static func receive(_ message: [UInt8], into storage: UploadStorage) async throws -> [UInt8] {
        let store = ContentStore(below: storage.storageDirectory)
        return try await FileWork.run("Storing files") { check in
            switch try UploadMessage(message) {
            case .tree(let encoded): return try take(try ProjectTree(encoded: encoded), store, storage)
            case .pieces(let pieces):
                for piece in pieces {
                    try check()
                    try storage.checkRoom(piece.count)
                    try store.put(piece)
                }
                return []
            case .question(let digest):
                guard let tree = try store.tree(digest) else {
                    throw ClusterRunnerError(.notFound, "There was no upload with the digest \(digest).")
                }
                return store.missing(tree.piecesInOrder).flatMap(\.bytes)
            }
        }
    }

    private static func take(_ tree: ProjectTree, _ store: ContentStore, _ storage: UploadStorage) throws -> [UInt8] {
        guard tree.size <= storage.byteLimit else {
            throw ClusterRunnerError(
                .tooLarge,
                "The files have \(tree.size >> 20) MiB, and max_upload_mb of the master is \(storage.byteLimit >> 20). Leave "
                    + "some out with .gitignore, or raise it."
            )
        }
        try store.put(tree)
        let missing = store.missing(tree.piecesInOrder)
        let sizes = tree.pieceSizes
        try storage.checkRoom(missing.reduce(0) { $0 + (sizes[$1] ?? 0) })
        return missing.flatMap(\.bytes)
    }

    /// Returns the files of the build on the master, which an upload or a URL brings.
    func treeOnMaster() async throws -> (ContentHash, ProjectTree, notes: [String]) {
        if let digest = archive.tree {
            let known = try await FileWork.run("Reading the files of the project") { [store] _ in
                try store.tree(digest)
            }
            if let known { return (digest, known, []) }
            guard let url = archive.url else { throw isGone(digest) }
            let (found, tree, notes) = try await download(url)
            guard found == digest else {
                throw ClusterRunnerError(
                    .failed,
                    "The archive at \(Credentials.masked(in: url)) is not the one that the earlier build had."
                )
            }
            return (found, tree, notes)
        }
        return try await download(archive.url ?? "")
    }

    /// Writes a tree whose pieces are here into an empty folder.
    func write(_ tree: ProjectTree, into workspace: String) async throws {
        do {
            try await FileWork.run("Writing the files of the project") { [store] check in
                try TreeWriter(store: store, folder: ByteString(workspace)).write(tree, check: check)
            }
        } catch let missing as TreeWriter.MissingPiece {
            throw ClusterRunnerError(
                .failed,
                "The content of \"\(missing.file)\" is not on the master, or it is damaged there. Request the build again "
                    + "with: clusterrunner build --upload"
            )
        }
    }

    private func isGone(_ digest: ContentHash) -> ClusterRunnerError {
        ClusterRunnerError(
            .failed,
            "The uploaded files \(digest) are not on the master any more: they are kept for 7 days after their last use. "
                + "Upload them again with: clusterrunner build --upload"
        )
    }
}
