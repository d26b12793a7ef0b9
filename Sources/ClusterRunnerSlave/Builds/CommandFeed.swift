import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerWire
import Foundation
import Logging

/// Sends the output of a running set-up or teardown to the master, and limits its size on disk.
///
/// It has the intervals of ``ConsoleFeed``; commands that end within half a second cost no request.
struct CommandFeed: Sendable {
    let build: BuildID
    let kind: CommandRun.Kind
    let command: String
    let path: String
    /// The begin of the command, in uptime.
    let begin: Duration
    let client: SlaveClient
    let timekeeper: Timekeeper
    let cap: OutputCap
    /// The slave.
    let slave: @Sendable () async -> SlaveID
    let logger: Logger

    /// The interval in which a silent command is reported to the master, which may have been restarted.
    private static let reminder = Duration.seconds(5)
    /// The maximum bytes of one report.
    private static let pieceSize = 64 << 10
    /// The maximum number of reports in a row.
    private static let mostPieces = 16

    /// The number of bytes that the master has, and the time of the last report.
    private struct Sent {
        var length = 0
        var at: Duration?
    }

    /// Runs an operation, sends output until it has ended, and then sends the rest.
    func run<Success: Sendable>(
        during operation: @escaping @Sendable () async throws -> Success
    ) async throws -> Success {
        try await outcome(operation).get()
    }

    /// Runs an operation like ``run(during:)``, and returns its error, too.
    ///
    /// With an operation that does not always print, a silent one is not reported.
    func outcome<Success: Sendable>(
        _ operation: @escaping @Sendable () async throws -> Success
    ) async -> Result<Success, any Error> {
        let isOver = CancellationSwitch()
        async let sent = feed(until: isOver)
        let result: Result<Success, any Error>
        do { result = .success(try await operation()) } catch { result = .failure(error) }
        isOver.cancel()
        var last = await sent
        // Readers that follow a command known to the master wait for the end of its output.
        if last.at != nil { await send(&last, atLeastOnce: false) }
        return result
    }

    private func feed(until isOver: CancellationSwitch) async -> Sent {
        var sent = Sent()
        while (try? await isOver.run { try await timekeeper.sleep(for: ConsoleFeed.interval) }) != nil {
            cap.relieve(path, executor: 0)
            let now = timekeeper.now.uptime
            guard now - begin >= ConsoleFeed.leastAge, !isSilentFetch else { continue }
            if let at = sent.at, now - at < ConsoleFeed.pause { continue }
            await send(&sent, atLeastOnce: sent.at.map { now - $0 >= Self.reminder } ?? true)
        }
        return sent
    }

    private func send(_ sent: inout Sent, atLeastOnce: Bool) async {
        do {
            var isDue = atLeastOnce
            for _ in 0..<Self.mostPieces {
                let bytes = try read(from: sent.length)
                guard isDue || !bytes.isEmpty else { return }
                isDue = false
                let now = timekeeper.now.uptime
                let report = CommandReport(
                    build: build,
                    kind: kind,
                    command: command,
                    age: (now - begin).inMilliseconds,
                    offset: sent.length,
                    bytes: bytes
                )
                sent.length = try await client.report(report, slave: await slave())
                sent.at = now
                guard bytes.count == Self.pieceSize else { return }
            }
        } catch {
            logger.debug("Output of a \(kind) command did not reach the master: \(error)")
        }
    }

    /// Whether the command is a fetch without output; most have none.
    private var isSilentFetch: Bool {
        [.fetch, .image].contains(kind) && FileStatus(path: path).map { $0.size == 0 } ?? true
    }

    private func read(from length: Int) throws -> Data {
        let most = min(Self.pieceSize, (cap.head ?? .max) - length)
        // A command may have replaced its output file, for example with a named pipe, which has no end.
        guard most > 0, let file = try? RegularFile(path) else { return Data() }
        return Data(try file.bytes(from: length, count: most))
    }
}
