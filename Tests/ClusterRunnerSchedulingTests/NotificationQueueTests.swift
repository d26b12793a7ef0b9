import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerScheduling

/// A queue, and the events that a test lets happen at a number of seconds.
private final class Desk {
    private var queue: NotificationQueue

    init(targets: [NotificationTarget], policy: NotificationPolicy = NotificationPolicy()) {
        queue = NotificationQueue(targets: targets, policy: policy)
    }

    var pending: Int { queue.pending }
    var nextDue: Duration? { queue.nextDue }

    @discardableResult
    func changed(_ record: BuildRecord) -> Bool { queue.changed(record) }

    func resume(_ record: NotificationRecord, reached: [BuildState: Double]) { queue.resume(record, reached: reached) }

    func begin(at seconds: Double = 0) -> [DueNotification] { queue.begin(at: .seconds(seconds)) }

    @discardableResult
    func ended(_ due: DueNotification, _ outcome: NotificationOutcome, at seconds: Double) -> NotificationVerdict {
        queue.ended(due, outcome, at: Moment(wall: 1000 + seconds, uptime: .seconds(seconds)))
    }

    func settle(_ due: DueNotification) { queue.settle(due) }

    func deliver(_ due: DueNotification) {
        ended(due, .delivered, at: 0)
        settle(due)
    }

    func forget(_ build: BuildID) { queue.forget(build) }
}

@Suite struct NotificationQueueTests {
    private let hook = NotificationTarget.url("http://a/")
    private let other = NotificationTarget.url("http://b/")
    private let command = NotificationTarget.command("true")

    /// Makes a record that has entered states, each a second after the other.
    private func record(_ id: BuildID, _ states: BuildState...) -> BuildRecord {
        var record = BuildRecord(id: id, projectType: "t", parameters: ProjectParameters([:]))
        record.state = states.last ?? .queued
        for (second, state) in states.enumerated() { record.timestamps[state] = Double(1000 + second) }
        return record
    }

    @Test func `A build's notifications come one after the other in the order of its states`() throws {
        let queue = Desk(targets: [hook])
        #expect(queue.changed(record(1, .queued)))
        #expect(!queue.changed(record(1, .queued)))
        queue.changed(record(1, .queued, .preparing, .prepared, .building, .finished))
        var states: [BuildState] = []
        while let due = queue.begin().first {
            #expect(queue.begin().isEmpty, "The next one may not begin before this one is settled.")
            states.append(due.state)
            queue.deliver(due)
        }
        #expect(states == [.queued, .preparing, .prepared, .building, .finished])
        #expect(queue.pending == 0)
        #expect(queue.nextDue == nil)
    }

    @Test func `The next notification waits until the last one is stored`() throws {
        let queue = Desk(targets: [hook])
        queue.changed(record(1, .queued))
        queue.changed(record(1, .queued, .preparing))
        let due = try #require(queue.begin().first)
        #expect(queue.ended(due, .delivered, at: 0) == .delivered(isRecovery: false))
        #expect(queue.begin().isEmpty)
        queue.settle(due)
        #expect(queue.begin().map(\.state) == [.preparing])
    }

    @Test func `A failure is tried again after waits that double up to a limit`() throws {
        let queue = Desk(targets: [hook])
        queue.changed(record(1, .queued))
        var now = 0.0
        var waits: [Duration] = []
        for _ in 0..<11 {
            let due = try #require(queue.begin(at: now).first)
            guard case .retry(let wait, _, let isNews) = queue.ended(due, .failed("down"), at: now) else {
                Issue.record("It was not tried again.")
                return
            }
            #expect(isNews == waits.isEmpty)
            waits.append(wait)
            #expect(queue.begin(at: now + wait.inSeconds - 0.001).isEmpty)
            #expect(queue.nextDue == .seconds(now + wait.inSeconds))
            now += wait.inSeconds
        }
        #expect(waits.map { Int($0.inSeconds) } == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300])
    }

    @Test func `A build that waits delays neither other builds nor other targets`() throws {
        let queue = Desk(targets: [hook, other])
        queue.changed(record(1, .queued))
        let first = queue.begin()
        #expect(first.map(\.target) == [hook, other])
        queue.ended(first[0], .failed("500"), at: 0)
        queue.changed(record(2, .queued))
        #expect(queue.begin().map { "\($0.build) \($0.target.name)" } == ["2 url http://a/", "2 url http://b/"])
    }

    @Test func `A target gets so many notifications at once, the others wait in order`() throws {
        let queue = Desk(targets: [hook], policy: NotificationPolicy(concurrency: 2))
        for build in 1...4 { queue.changed(record(BuildID(build), .queued)) }
        let running = queue.begin()
        #expect(running.map(\.build) == [1, 2])
        #expect(queue.begin().isEmpty && queue.nextDue == nil)
        queue.deliver(running[1])
        #expect(queue.begin().map(\.build) == [3])
    }

    @Test func `A failure that is too old is given up, and the next one of the build follows`() throws {
        let queue = Desk(targets: [hook], policy: NotificationPolicy(giveUpAfter: .seconds(60)))
        queue.changed(record(1, .queued))
        queue.changed(record(1, .queued, .preparing))
        let due = try #require(queue.begin().first)
        #expect(queue.ended(due, .failed("down"), at: 59) == .retry(after: .seconds(1), reason: "down", isNews: true))
        let again = try #require(queue.begin(at: 60).first)
        #expect(queue.ended(again, .failed("still down"), at: 60) == .givenUp("still down"))
        queue.settle(again)
        // Each notification is attempted at least once, whatever its age.
        let next = try #require(queue.begin(at: 600).first)
        #expect(next.state == .preparing)
        #expect(queue.ended(next, .delivered, at: 600) == .delivered(isRecovery: true))
    }

    @Test func `Refusals are given up after ten in a row, and a final one at once`() throws {
        let queue = Desk(targets: [hook])
        queue.changed(record(1, .queued))
        queue.changed(record(1, .queued, .canceled))
        for attempt in 1...10 {
            let due = try #require(queue.begin(at: Double(attempt * 1000)).first)
            let verdict = queue.ended(due, .refused("404"), at: 1)
            #expect((verdict == .givenUp("404")) == (attempt == 10), "\(attempt): \(verdict)")
            if attempt == 10 { queue.settle(due) }
        }
        let last = try #require(queue.begin(at: 20_000).first)
        #expect(queue.ended(last, .rejected("410"), at: 1) == .givenUp("410"))
        queue.settle(last)
        #expect(queue.pending == 0)
    }

    @Test func `A receiver that asks for time gets nothing until then, but asks for an hour at most`() throws {
        let queue = Desk(targets: [hook, other])
        queue.changed(record(1, .queued))
        let due = queue.begin()
        queue.ended(due[0], .failed("503", retryAfter: .seconds(100)), at: 0)
        queue.changed(record(2, .queued))
        #expect(queue.begin(at: 99).map(\.target) == [other])
        #expect(queue.nextDue == .seconds(100))
        let later = queue.begin(at: 100)
        #expect(later.map(\.target) == [hook, hook])
        let verdict = queue.ended(later[0], .failed("503", retryAfter: .seconds(1_000_000)), at: 100)
        #expect(verdict == .retry(after: .seconds(3600), reason: "503", isNews: false))
    }

    @Test func `What failed while the receiver was away is delivered as soon as it is back`() throws {
        let queue = Desk(targets: [hook])
        for build in 1...3 { queue.changed(record(BuildID(build), .queued)) }
        let due = queue.begin()
        queue.ended(due[0], .failed("refused", isOutage: true), at: 0)
        queue.ended(due[1], .failed("500"), at: 0)
        #expect(queue.ended(due[2], .delivered, at: 0.5) == .delivered(isRecovery: true))
        queue.settle(due[2])
        #expect(queue.begin(at: 0.5).map(\.build) == [1])
        #expect(queue.begin(at: 1).map(\.build) == [2])
    }

    @Test func `A command hears of the end of a build only`() throws {
        let queue = Desk(targets: [command])
        queue.changed(record(1, .queued))
        queue.changed(record(1, .queued, .preparing))
        #expect(queue.begin().isEmpty)
        queue.changed(record(1, .queued, .preparing, .error))
        let due = try #require(queue.begin().first)
        #expect(due.state == .error)
        queue.deliver(due)
        #expect(queue.pending == 0)
    }

    @Test func `A build that ended before it was followed is not new`() {
        let queue = Desk(targets: [hook])
        #expect(!queue.changed(record(1, .queued, .canceled)))
        #expect(queue.pending == 0)
    }

    @Test func `A preparation that begins anew after a restart is notified once`() throws {
        let queue = Desk(targets: [hook])
        let stored = NotificationRecord(build: 1, target: hook.name, settled: .preparing)
        queue.resume(stored, reached: record(1, .queued, .preparing).timestamps)
        #expect(queue.changed(record(1, .queued)))
        #expect(queue.begin().isEmpty)
        queue.changed(record(1, .queued, .preparing))
        #expect(queue.begin().isEmpty)
        queue.changed(record(1, .queued, .preparing, .prepared))
        #expect(queue.begin().map(\.state) == [.prepared])
    }

    @Test func `A build that was removed is forgotten, also while it is notified or waits`() throws {
        let queue = Desk(targets: [hook], policy: NotificationPolicy(concurrency: 1))
        for build in 1...3 { queue.changed(record(BuildID(build), .queued)) }
        let due = try #require(queue.begin().first)
        queue.forget(1)
        queue.forget(2)
        queue.ended(due, .failed("down"), at: 0)
        queue.settle(due)
        let last = queue.begin()
        #expect(last.map(\.build) == [3])
        queue.ended(last[0], .failed("down"), at: 0)
        queue.forget(3)
        #expect(queue.begin(at: 1000).isEmpty && queue.nextDue == nil && queue.pending == 0)
    }
}

@Suite struct NotificationTakeoverTests {
    private func takeover(
        _ stored: [NotificationRecord],
        unfinished: [BuildID: BuildState] = [:],
        _ targets: NotificationTarget...
    ) -> NotificationTakeover {
        NotificationTakeover(stored: stored, unfinished: unfinished, targets: targets)
    }

    private let old = NotificationRecord(build: 1, target: "url http://old/", settled: .preparing)

    @Test func `What is stored for a present target goes on`() {
        let result = takeover([old], unfinished: [1: .building], .url("http://old/"))
        #expect(result.records == [old])
        #expect(result.changes.isEmpty && result.dropped.isEmpty)
    }

    @Test func `A corrected URL gets what the wrong one missed, of ended builds too`() {
        let new = NotificationRecord(build: 1, target: "url http://new/", settled: .preparing)
        let result = takeover([old], .url("http://new/"))
        #expect(result.records == [new])
        #expect(result.changes == [.notification(new), .removeNotification(build: 1, target: old.target)])
        #expect(result.dropped.isEmpty)
    }

    @Test func `What no target takes over is dropped`() {
        let result = takeover([old], .command("true"))
        #expect(result.dropped == [old])
        #expect(result.changes == [.removeNotification(build: 1, target: old.target)])
    }

    @Test func `A new target follows unfinished builds from their present state on, and no ended ones`() {
        let result = takeover([old], unfinished: [2: .building, 3: .queued], .url("http://old/"), .url("http://new/"))
        let new = "url http://new/"
        #expect(result.records.filter { $0.target == new }.map(\.build) == [2, 3])
        #expect(result.records.filter { $0.target == new }.map(\.settled) == [.prepared, nil])
    }

    @Test func `Without targets everything is dropped`() {
        let result = takeover([old], unfinished: [1: .building])
        #expect(result.records.isEmpty && result.dropped == [old])
    }
}
