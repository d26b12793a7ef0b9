import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerPlugin
import ClusterRunnerWire

/// The output of the programs that fetch a project or an image on the master: shown while it grows, and stored.
struct FetchTranscript: Sendable {
    /// The path of the file.
    let path: String
    let build: BuildID
    let kind: CommandRun.Kind
    /// What is fetched, for people.
    let command: String
    let commands: LiveCommands
    /// Stores the command once it has ended.
    let store: @Sendable (CommandRecord) -> Void
    let timekeeper: Timekeeper
    /// Wakes the readers of live output.
    let wake: @Sendable () -> Void

    /// The time between two looks at the file, as for the output of slaves.
    private static let interval = Duration.milliseconds(250)
    /// The maximum bytes of one look.
    private static let pieceSize = 64 << 10

    /// Runs a fetch that may write to the file.
    func during<Success: Sendable>(_ fetch: () async throws -> Success) async throws -> Success {
        let begin = timekeeper.now
        let isOver = CancellationSwitch()
        async let shown: Void = show(since: begin, until: isOver)
        let result: Result<Success, any Error>
        do { result = .success(try await fetch()) } catch { result = .failure(error) }
        isOver.cancel()
        await shown
        keep(result, begin)
        return try result.get()
    }

    private func show(since begin: Moment, until isOver: CancellationSwitch) async {
        var length = 0
        while (try? await isOver.run { try await timekeeper.sleep(for: Self.interval) }) != nil {
            guard let bytes = try? RegularFile(path).bytes(from: length, count: Self.pieceSize), !bytes.isEmpty else {
                continue
            }
            let now = timekeeper.now
            let age = (now.uptime - begin.uptime).inSeconds
            let report = CommandReport(
                build: build,
                kind: kind,
                command: command,
                age: age,
                offset: length,
                bytes: .init(bytes)
            )
            length = commands.take(report, from: nil, at: now)
            wake()
        }
    }

    private func keep(_ result: Result<some Any, any Error>, _ begin: Moment) {
        let isSuccess = if case .success = result { true } else { false }
        guard let output = try? RegularFile(path).end(CommandRun.outputLimit), !output.isEmpty else { return }
        let run = CommandRun(
            kind: kind,
            command: command,
            exitCode: isSuccess ? 0 : nil,
            output: CommandRun.text(of: output),
            seconds: (timekeeper.now.uptime - begin.uptime).inSeconds
        )
        store(CommandRecord(run: run, startedAt: begin.wall))
        commands.end([run], build: build, slave: nil)
        wake()
    }
}
