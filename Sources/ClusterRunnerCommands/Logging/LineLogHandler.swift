import ClusterRunnerConcurrency
import ClusterRunnerFiles
import ClusterRunnerPlugin
package import Logging

/// A log handler that writes each record as one line to its sinks.
///
/// ```swift
/// Logger(label: "master") { LineLogHandler(label: $0, levels: LogLevelSwitch(.info), sinks: [StandardErrorSink()]) }
/// ```
package struct LineLogHandler: LogHandler {
    private let label: String
    private let format: LogFormat
    private let sinks: [any LogSink]
    private let levels: LogLevelSwitch
    private var own: Logger.Level?

    /// The level that was set for this logger alone, or else that of the service.
    package var logLevel: Logger.Level {
        get { own ?? levels.level }
        set { own = newValue }
    }
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    /// Creates a handler.
    ///
    /// - Parameters:
    ///   - label: The name in brackets on each line.
    ///   - levels: The minimum level of log records.
    ///   - format: The form of the lines.
    ///   - sinks: The destinations of the lines.
    package init(label: String, levels: LogLevelSwitch, format: LogFormat = .text, sinks: [any LogSink]) {
        self.label = label
        self.levels = levels
        self.format = format
        self.sinks = sinks
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let now = Int(Timekeeper.system().now.wall * 1_000)
        var all = metadata
        for more in [metadataProvider?.get(), event.metadata, event.error.map { ["error": "\($0)"] }] {
            all.merge(more ?? [:]) { $1 }
        }
        let line = LogLine(time: now, level: event.level, label: label, message: "\(event.message)", metadata: all)
        let bytes = Array(Credentials.masked(in: line.text(format)).utf8)
        for sink in sinks { sink.write(bytes) }
    }
}

/// A destination of log lines.
///
/// It is called from any thread, once per line, and must not fail, because logging cannot report a failure.
package protocol LogSink: Sendable {
    /// Writes one line, including its end.
    func write(_ line: [UInt8])
}

/// The sink that writes log lines to standard error.
///
/// A blocked reader, such as a stopped pager or a terminal after Ctrl-S, costs lines but does not block the service:
/// lines that cannot be written are dropped, and their number is logged when writing works again.
package final class StandardErrorSink: LogSink {
    private let stream: UnownedFile
    private let dropped = Lock(0)

    /// The time that a line waits for a slow reader; after a dropped line, none waits.
    private static let patience: Int32 = 200
    /// The size that a pipe takes atomically.
    private static let pieceSize = 4096

    /// Creates the sink.
    package init(descriptor: Int32 = 2) {
        stream = UnownedFile(descriptor)
    }

    package func write(_ line: [UInt8]) {
        dropped.withLock { dropped in
            guard isReady(within: dropped == 0 ? Self.patience : 0) else { return dropped += 1 }
            if dropped > 0 {
                let note = Array("\(dropped) log lines were dropped, because standard error was not read.\n".utf8)
                dropped = 0
                guard writeWhole(note) else { return dropped += 1 }
            }
            // A single call for a line of ordinary length, so that lines of several threads and processes do not mix.
            if !writeWhole(line) { dropped += 1 }
        }
    }

    private func writeWhole(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard isReady(within: Self.patience) else { return false }
            // An error has no destination.
            guard let count = try? stream.write(rest.prefix(Self.pieceSize)), count > 0 else { return true }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private func isReady(within milliseconds: Int32) -> Bool {
        (try? stream.isWritable(within: milliseconds)) ?? true
    }
}
