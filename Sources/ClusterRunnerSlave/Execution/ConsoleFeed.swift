import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerWire
import Foundation
import Logging

/// Sends the output of running atoms to the master, and limits its size on disk.
///
/// The first byte is sent at most 750 ms after it was written, and only for atoms that have run for half a second:
/// shorter ones cost no request. An atom costs at most two requests a second, unless its output exceeds one request.
struct ConsoleFeed: Sendable {
    let build: BuildID
    let running: RunningAtoms
    let folders: SlaveFolders
    let parts: SlaveParts
    let cap: OutputCap
    /// The slave.
    let slave: @Sendable () async -> SlaveID

    /// The interval between two looks at the files.
    static let interval = Duration.milliseconds(250)
    /// The age from which an atom's output is sent.
    static let leastAge = Duration.milliseconds(500)
    /// The minimum time between two requests for an atom.
    static let pause = Duration.milliseconds(500)
    /// The maximum bytes of one atom in one report.
    private static let pieceSize = 256 << 10
    /// The maximum number of reports of one atom in a row.
    private static let mostPieces = 4

    /// The number of bytes of an atom's output that the master has, and the time of the last report.
    private struct Sent {
        var length = 0
        var at: Duration?
    }

    /// The output of an atom to look at.
    private struct Source {
        let executor: Int
        let claim: LeasedAtom
        let length: Int
    }

    /// Sends output until the surrounding task is canceled.
    func run(logger: Logger) async {
        var sent: [LeasedAtom: Sent] = [:]
        while (try? await parts.timekeeper.sleep(for: Self.interval)) != nil {
            let now = parts.timekeeper.now.uptime
            let runs = running.all
            relieve(runs)
            for (claim, length) in await send(due(runs, sent, now), logger) {
                // An atom without new output is examined again the next time.
                guard length != sent[claim]?.length ?? 0 else { continue }
                sent[claim] = Sent(length: length, at: now)
            }
            let claims = Set(runs.values.map(\.claim))
            sent = sent.filter { claims.contains($0.key) }
        }
    }

    private func relieve(_ runs: [Int: RunningAtoms.Run]) {
        for executor in runs.keys {
            cap.relieve(folders.console(of: build, executor: executor), executor: executor)
        }
    }

    private func due(
        _ runs: [Int: RunningAtoms.Run],
        _ sent: [LeasedAtom: Sent],
        _ now: Duration
    ) -> [Source] {
        runs.compactMap { executor, run in
            guard now - run.begin >= Self.leastAge else { return nil }
            let before = sent[run.claim] ?? Sent()
            if let last = before.at, now - last < Self.pause { return nil }
            return Source(executor: executor, claim: run.claim, length: before.length)
        }
    }

    /// Sends the new output of all atoms concurrently; returns the number of bytes of each that the master has.
    private func send(_ sources: [Source], _ logger: Logger) async -> [(LeasedAtom, Int)] {
        await withTaskGroup(of: (LeasedAtom, Int).self) { group in
            for source in sources {
                group.addTask {
                    var length = source.length
                    do {
                        try await send(source, &length)
                    } catch {
                        logger.debug("Output of a running atom did not reach the master: \(error)")
                    }
                    return (source.claim, length)
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
    }

    /// Sends the output of an atom beyond a length, and updates the length.
    private func send(_ source: Source, _ length: inout Int) async throws {
        let path = folders.console(of: build, executor: source.executor)
        for _ in 0..<Self.mostPieces {
            let most = min(Self.pieceSize, (cap.head ?? .max) - length)
            guard most > 0, let bytes = try read(path, from: length, most), !bytes.isEmpty else { return }
            // The next atom may have taken over the file meanwhile.
            guard running.all[source.executor]?.claim == source.claim else { return }
            let report = ConsoleReport(build: build, claim: source.claim, offset: length, bytes: bytes)
            let expected = length + bytes.count
            length = try await parts.client.report(report, slave: await slave())
            guard length == expected, bytes.count == Self.pieceSize else { return }
        }
    }

    private func read(_ path: String, from length: Int, _ most: Int) throws -> Data? {
        guard let file = try? RegularFile(path) else { return nil }
        return Data(try file.bytes(from: length, count: most))
    }
}
