import ClusterRunnerDomain
import ClusterRunnerFiles
import Logging

/// The two logs of a master's events: lines of JSON for programs, and sentences for people.
struct EventLogs: Sendable {
    let feed: EventFeed
    /// The place for the lines of JSON; nil writes none.
    let place: EventLogPlace?
    /// The logger of the sentences and of faults.
    let logger: Logger
    /// Whether there are sentences.
    let hasSentences: Bool

    /// Writes the events after an id, until the service ends.
    func write(after id: Int) async {
        var sentences = EventSentences()
        do {
            guard let place else { return try await feed.follow(after: id) { log($0, &sentences) } }
            try await feed.writeLog(to: place, after: id) {
                log($0, &sentences)
            } failed: { error in
                logger.error("\(error) Its lines wait until that works again.")
            }
        } catch is CancellationError {
            return
        } catch {
            logger.error("The event log ends here, as it cannot be written: \(error)")
        }
    }

    private func log(_ events: [StoredEvent], _ sentences: inout EventSentences) {
        for event in events where hasSentences {
            guard let sentence = sentences.sentence(on: event) else { continue }
            logger.log(level: sentence.level, "\(sentence.text)")
        }
    }
}
