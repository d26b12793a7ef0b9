import Glibc
package import Logging

/// Writes each log record as one line to its sinks.
///
/// ```swift
/// LoggingSystem.bootstrap { LineLogHandler(label: $0, level: configuration.logLevel, sinks: [StandardErrorSink()]) }
/// ```
package struct LineLogHandler: LogHandler {
    private let label: String
    private let sinks: [any LogSink]

    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    /// Creates a handler.
    ///
    /// - Parameters:
    ///   - label: What stands in brackets on each line.
    ///   - level: The least important level that is logged.
    ///   - sinks: Where the lines go.
    package init(label: String, level: Logger.Level, sinks: [any LogSink]) {
        self.label = label
        self.sinks = sinks
        logLevel = level
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var all = metadata
        for more in [metadataProvider?.get(), event.metadata, event.error.map { ["error": "\($0)"] }] {
            all.merge(more ?? [:]) { $1 }
        }
        let line = LogLine(time: now, level: event.level, label: label, message: "\(event.message)", metadata: all)
        let bytes = Array(line.text.utf8)
        for sink in sinks { sink.write(bytes) }
    }
}

/// Where log lines go.
///
/// Called from any thread, once per line; logging has nobody to report a failure to, so it must not fail.
package protocol LogSink: Sendable {
    /// Writes one line, its end included.
    func write(_ line: [UInt8])
}

/// Writes log lines to standard error.
package struct StandardErrorSink: LogSink {
    /// Creates the sink.
    package init() {}

    package func write(_ line: [UInt8]) {
        // One call for the whole line, so that lines of several threads and processes do not mix.
        _ = Glibc.write(STDERR_FILENO, line, line.count)
    }
}
