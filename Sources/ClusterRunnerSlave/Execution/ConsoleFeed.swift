import ClusterRunnerAPI
import ClusterRunnerClient
import ClusterRunnerCore
import Foundation
import Logging

/// Sends the output of atoms to the master while they run.
///
/// Once a second, and only what atoms have written that run for that long: short atoms cost no request.
struct ConsoleFeed: Sendable {
    let build: Int
    let board: ExecutorBoard
    let folders: SlaveFolders
    let parts: SlaveParts
    /// Tells the slave's number.
    let slave: @Sendable () async -> Int

    private static let interval = Duration.seconds(1)
    /// The most bytes of one atom in one report.
    private static let pieceSize = 256 << 10

    /// Feeds the master until the surrounding task is canceled.
    func run(logger: Logger) async {
        var lengths: [AtomClaim: Int] = [:]
        var earlier: [ExecutorBoard.Activity?] = []
        while (try? await parts.timekeeper.sleep(for: Self.interval)) != nil {
            let now = board.all
            for (executor, activity) in now.enumerated() where executor < earlier.count {
                guard let activity, activity == earlier[executor], activity.build == build else { continue }
                do {
                    let length = lengths[activity.claim] ?? 0
                    lengths[activity.claim] = try await send(activity.claim, executor, from: length)
                } catch {
                    logger.debug("Output of a running atom did not reach the master: \(error)")
                }
            }
            let running = Set(now.compactMap { $0?.claim })
            lengths = lengths.filter { running.contains($0.key) }
            earlier = now
        }
    }

    /// Sends what an atom has written beyond a length; returns how much the master has then.
    private func send(_ claim: AtomClaim, _ executor: Int, from length: Int) async throws -> Int {
        let path = folders.console(of: build, executor: executor)
        guard let file = FileHandle(forReadingAtPath: path) else { return length }
        defer { try? file.close() }
        try file.seek(toOffset: UInt64(length))
        guard let bytes = try file.read(upToCount: Self.pieceSize), !bytes.isEmpty else { return length }
        // The file may have passed to the next atom meanwhile.
        guard board.all[executor]?.claim == claim else { return length }
        let report = ConsoleReport(build: build, claim: claim, offset: length, bytes: bytes)
        return try await parts.client.report(report, slave: await slave())
    }
}
