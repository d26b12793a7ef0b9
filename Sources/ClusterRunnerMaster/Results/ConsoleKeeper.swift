import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerWire

/// The outputs of atoms that run, kept by a thread of its own: neither decisions nor reads wait for their files.
///
/// Calls are carried out in the order in which they come.
final class ConsoleKeeper: Sendable {
    private let consoles: LiveConsoles
    private let thread = ThreadExecutor(label: "ConsoleKeeper")

    init(folders: MasterFolders) {
        consoles = LiveConsoles(folders: folders)
    }

    /// Appends output that follows what is there; returns how much is there then.
    func append(_ report: ConsoleReport) async throws -> Int {
        try await withCheckedThrowingContinuation { continuation in
            thread.submit { [consoles] in continuation.resume(with: Result { try consoles.append(report) }) }
        }
    }

    /// Has the outputs of atoms removed whose results are there.
    func remove(build: Int, _ claims: [LeasedAtom]) {
        guard !claims.isEmpty else { return }
        thread.submit { [consoles] in
            for claim in claims { consoles.remove(build: build, claim) }
        }
    }

    /// Has what is left of a build that is over put beside its results, and then calls back.
    func finish(build: Int, then: @escaping @Sendable () -> Void) {
        thread.submit { [consoles] in
            consoles.finish(build: build)
            then()
        }
    }
}
