import ClusterRunnerConcurrency
import Logging

/// The messages of a logger.
final class LoggedLines: Sendable {
    private let messages = Lock<[String]>([])

    /// The messages so far.
    var lines: [String] { messages.withLock { $0 } }

    /// A logger that keeps its messages here.
    var logger: Logger { Logger(label: "test") { _ in Handler(lines: self) } }

    private struct Handler: LogHandler {
        let lines: LoggedLines
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            lines.messages.withLock { $0.append("\(event.message)") }
        }
    }
}
