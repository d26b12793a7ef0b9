import ClusterRunnerConcurrency
import ClusterRunnerPlugin

/// The master's side of passing a build's commits to slaves.
///
/// Slaves that lack the same objects, such as all new ones, share one pack: it is made once, into a file, and each
/// reads it at its own speed. A slow slave thus occupies an open file, but neither a thread nor memory.
final class ProjectExport: Sendable {
    private struct State {
        var checkouts: [Checkout] = []
        var packs: [String: ScratchFile] = [:]
    }

    // Maximum number of kept packs: each costs its size on the disk, and slaves differ in few ways at a time.
    private static let packLimit = 8

    private let directory: String
    private let state = Lock(State())
    private let thread = GitThread(label: "export")

    init(directory: String) {
        self.directory = directory
    }

    /// Allows slaves to request these commits only.
    func offer(_ checkouts: [Checkout]) {
        state.withLock { $0.checkouts = checkouts }
    }

    /// Forgets all packs; current answers are still sent to their end.
    func close() {
        state.withLock { $0 = State() }
    }

    /// Answers a request, piece by piece.
    ///
    /// `fetchAnew` fetches a commit that cannot be read here into a new mirror, `fetchContents` its missing contents of
    /// Git LFS.
    func answer(
        _ request: ExportRequest,
        fetchAnew: (Checkout) async throws -> Void,
        fetchContents: (Checkout) async throws -> Void
    ) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        let offered = try offered(request)
        switch request.kind {
        case .pack: return stream(try await pack(request, of: offered, fetchAnew))
        case .references: return try await references(request, of: offered)
        case .contents: return try await contents(request, of: offered, fetchContents)
        }
    }

    private func offered(_ request: ExportRequest) throws -> Checkout {
        let offered = state.withLock { state in
            state.checkouts.first {
                "\($0.commit)" == request.commit && $0.url.withoutCredentials == request.repository
            }
        }
        guard let offered else {
            throw ClusterRunnerError(
                .notFound,
                "The commit \"\(request.commit.prefix(40))\" of \"\(GitURL.redacted(request.repository))\" is not a part "
                    + "of this build."
            )
        }
        return offered
    }

    private func references(
        _ request: ExportRequest,
        of checkout: Checkout
    ) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        let mirror = try Mirror(of: checkout.url, below: directory)
        let list = try await thread.run { _ in checkout.references.flatMap { mirror.referenceList($0) } }
        guard let list, request.itemIDs == [try list.digest] else {
            throw ClusterRunnerError(
                .notFound,
                "The list of references of \(checkout.url.withoutCredentials) is no longer here."
            )
        }
        return AsyncThrowingStream { continuation in
            continuation.yield(list.bytes)
            continuation.finish()
        }
    }

    /// Sends the requested contents, as far as the commit has them and they are here.
    private func contents(
        _ request: ExportRequest,
        of checkout: Checkout,
        _ fetchContents: (Checkout) async throws -> Void
    ) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        let mirror = try Mirror(of: checkout.url, below: directory)
        let store = LFSStore(of: mirror)
        let asked = Set(request.items)
        let contents = try await thread.run { stop in
            let contents = try mirror.lfsFiles(of: checkout.commit, stop).contents.filter { asked.contains($0.hash) }
            if request.isRepeated { try store.removeDamaged(contents, stop) }
            return contents
        }
        if request.isRepeated { try await fetchContents(checkout) }
        return LFSTransfer.send(contents.filter(store.has), from: store)
    }

    private func pack(
        _ request: ExportRequest,
        of checkout: Checkout,
        _ fetchAnew: (Checkout) async throws -> Void
    ) async throws -> ScratchFile {
        do {
            return try await thread.run { stop in
                try self.pack(of: checkout, request, isFresh: request.isRepeated, stop)
            }
        } catch let error where GitFailure.isDamage(error) {
            try await fetchAnew(checkout)
            return try await thread.run { stop in try self.pack(of: checkout, request, isFresh: true, stop) }
        }
    }

    /// Returns a pack, new or kept; one at a time, as it runs on one thread.
    ///
    /// An `isFresh` pack is made of objects that were all read just now, and thereby checked.
    private func pack(
        of checkout: Checkout,
        _ request: ExportRequest,
        isFresh: Bool,
        _ stop: StopFlag
    ) throws -> ScratchFile {
        let mirror = try Mirror(of: checkout.url, below: directory)
        do {
            return try mirror.withRepository { repository in
                // Commits of the slave that this mirror lacks do not help the pack, and must not prevent sharing it.
                let known = try request.haveIDs.filter { try Mirror.hasCommit($0, in: repository) }
                let wanted = try wanted(request, of: checkout, in: mirror, repository)
                let parts = [[checkout.commit], known, wanted].map { $0.map(\.description).sorted() }
                let key = ([mirror.path] + parts.map { $0.joined(separator: " ") }).joined(separator: "\n")
                if !isFresh, let pack = state.withLock({ $0.packs[key] }) { return pack }
                let fetched = isFresh ? nil : try fetchedPack(of: mirror, without: known)
                let pack = try fetched ?? makePack(of: [checkout.commit] + wanted, known, repository, stop)
                keep(pack, for: key)
                return pack
            }
        } catch let failure as GitFailure {
            throw ClusterRunnerError(
                .failed,
                "The commit \(checkout.commit) of \(checkout.url.withoutCredentials) could not be packed: \(failure).",
                cause: failure.asCause
            )
        }
    }

    /// Finds the pack from the mirror's own fetch, for a slave that has no objects; nothing need be packed again.
    private func fetchedPack(of mirror: Mirror, without known: [ObjectID]) throws -> ScratchFile? {
        guard known.isEmpty, let path = try mirror.onlyPack() else { return nil }
        return try ScratchFile(reading: path)
    }

    /// Returns the requested objects of references, as far as the build has them.
    private func wanted(
        _ request: ExportRequest,
        of checkout: Checkout,
        in mirror: Mirror,
        _ repository: OpaquePointer
    ) throws -> [ObjectID] {
        let isEverything = request.items == [ExportRequest.allItems]
        let asked = Set(request.itemIDs)
        guard isEverything || !asked.isEmpty, let list = checkout.references.flatMap({ mirror.referenceList($0) })
        else { return [] }
        return try list.entries.map(\.id).filter {
            try (isEverything || asked.contains($0)) && Mirror.hasObject($0, in: repository)
        }
    }

    private func makePack(
        of objects: [ObjectID],
        _ known: [ObjectID],
        _ repository: OpaquePointer,
        _ stop: StopFlag
    ) throws -> ScratchFile {
        let pack = try ScratchFile(in: directory)
        try PackWriter(repository: repository, stop: stop).write(objects, without: known, to: pack)
        return pack
    }

    private func keep(_ pack: ScratchFile, for key: String) {
        state.withLock { state in
            guard !state.checkouts.isEmpty else { return }
            if state.packs.count >= Self.packLimit { state.packs.removeAll() }
            state.packs[key] = pack
        }
    }

    /// Streams the file's bytes, read when the receiver asks for more.
    private func stream(_ file: ScratchFile) -> AsyncThrowingStream<[UInt8], any Error> {
        let offset = Lock(0)
        // A stream is read by one task; the lock is for the compiler.
        let reader = GitThread(label: "send")
        return AsyncThrowingStream {
            let bytes = try await reader.run { _ in
                try file.read(at: offset.withLock { $0 }, count: 1 << 18)
            }
            offset.withLock { $0 += bytes.count }
            return bytes.isEmpty ? nil : bytes
        }
    }
}
