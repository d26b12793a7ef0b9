import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerWire

/// The outputs of running atoms, kept by a thread of its own, so that neither decisions nor reads wait for their files.
///
/// Calls are carried out in the order in which they come.
final class ConsoleKeeper: Sendable {
    private let consoles: LiveConsoles
    private let thread = ThreadExecutor(label: "ConsoleKeeper")

    init(folders: MasterFolders) {
        consoles = LiveConsoles(folders: folders)
    }

    /// Appends output at its offset; returns the stored length.
    func append(_ report: ConsoleReport) async throws -> Int {
        try await withCheckedThrowingContinuation { continuation in
            thread.submit { [consoles] in continuation.resume(with: Result { try consoles.append(report) }) }
        }
    }

    /// Removes the outputs of atoms whose results are stored.
    func remove(build: BuildID, _ claims: [LeasedAtom]) {
        guard !claims.isEmpty else { return }
        thread.submit { [consoles] in
            for claim in claims { consoles.remove(build: build, claim) }
        }
    }

    /// Moves the remaining outputs of an ended build beside its results, then calls back.
    func finish(build: BuildID, then: @escaping @Sendable () -> Void) {
        thread.submit { [consoles] in
            consoles.finish(build: build)
            then()
        }
    }

    /// Moves the remaining outputs of an ended build beside its results, and returns when that is done.
    func finish(build: BuildID) async {
        await withCheckedContinuation { continuation in finish(build: build) { continuation.resume() } }
    }
}
