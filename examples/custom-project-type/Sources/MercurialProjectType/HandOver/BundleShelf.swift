import ClusterRunnerPlugin
import Foundation

/// The bundles of a build on the master: slaves that lack the same changesets get the same file.
actor BundleShelf {
    private var hash: String?
    private var files: [Set<String>: String] = [:]
    private var isBusy = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// Starts handing out this changeset.
    func offer(_ hash: String) {
        self.hash = hash
    }

    /// Ends it.
    func close() {
        hash = nil
        files = [:]
    }

    /// Opens the bundle for a request; `make` writes one and returns its path.
    func open(for request: BundleRequest, make: @Sendable () async throws -> String) async throws -> BundleReader {
        // One at a time: many slaves ask at once for the same bundle.
        await takeTurn()
        defer { endTurn() }
        guard request.hash == hash else {
            throw ClusterRunnerError(.notFound, "This build does not hand out the changeset \(request.hash).")
        }
        let bases = Set(request.heads)
        if let path = files[bases] { return try BundleReader(path) }
        let path = try await make()
        files[bases] = path
        return try BundleReader(path)
    }

    private func takeTurn() async {
        guard isBusy else {
            isBusy = true
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    private func endTurn() {
        guard !waiting.isEmpty else {
            isBusy = false
            return
        }
        waiting.removeFirst().resume()
    }
}

/// A file that is read as fast as it is sent.
actor BundleReader {
    private let file: FileHandle

    init(_ path: String) throws {
        do {
            file = try FileHandle(forReadingFrom: URL(filePath: path))
        } catch {
            throw ClusterRunnerError(.failed, "The bundle \"\(path)\" could not be read.", cause: error)
        }
    }

    /// The contents of the file.
    nonisolated var stream: AsyncThrowingStream<[UInt8], any Error> {
        AsyncThrowingStream { try await self.next() }
    }

    private func next() throws -> [UInt8]? {
        let piece = try file.read(upToCount: 1 << 18) ?? Data()
        return piece.isEmpty ? nil : Array(piece)
    }
}
