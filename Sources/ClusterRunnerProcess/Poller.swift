import CSpawn
import ClusterRunnerPlugin
import Glibc

/// An epoll instance with one timer.
///
/// A plain value around two descriptors, which its owner must close.
struct Poller: Sendable {
    /// The tag of the timer, which is no process's tag.
    static let timerTag: UInt64 = 0

    private let epoll: Int32
    /// The timer's descriptor.
    let timer: Int32

    /// Opens both.
    init() throws {
        epoll = cspawn_epoll_create()
        guard epoll >= 0 else { throw Self.failure(-epoll) }
        timer = cspawn_timer_create()
        guard timer >= 0, cspawn_epoll_add(epoll, timer, Self.timerTag) == 0 else {
            Glibc.close(epoll)
            if timer >= 0 { Glibc.close(timer) }
            throw Self.failure(timer < 0 ? -timer : ENOSPC)
        }
    }

    private static func failure(_ number: Int32) -> ClusterRunnerError {
        ClusterRunnerError(.failed, "Cannot watch commands: \(systemMessage(number)).")
    }

    /// Watches a descriptor; false when the system has no room for another.
    func add(_ descriptor: Int32, tag: UInt64) -> Bool {
        cspawn_epoll_add(epoll, descriptor, tag) == 0
    }

    /// Stops watching a descriptor.
    ///
    /// Closing it would not suffice: a child that is just being started still has a copy.
    func remove(_ descriptor: Int32) {
        cspawn_epoll_remove(epoll, descriptor)
    }

    /// Makes the timer due at `deadline`.
    func setTimer(to deadline: SuspendingClock.Instant, now: SuspendingClock.Instant) {
        // At least a nanosecond, since zero would switch it off. At most a day, since a timeout may be as large as any
        // integer; an early wake-up only looks again.
        let (seconds, attoseconds) = min(max(deadline - now, .nanoseconds(1)), .seconds(86400)).components
        _ = cspawn_timer_set(timer, seconds, attoseconds / 1_000_000_000)
    }

    /// Waits until something is ready; returns the tags, that of the timer last.
    ///
    /// Processes come first, so that a command that ended in time does not count as timed out.
    func wait() -> [UInt64] {
        var tags = [UInt64](repeating: 0, count: 64)
        let count = Int(cspawn_epoll_wait(epoll, &tags, Int32(tags.count)))
        precondition(count >= 0, "The epoll instance belongs to this thread and is open.")
        let ready = tags.prefix(count)
        guard ready.contains(Self.timerTag) else { return Array(ready) }
        cspawn_timer_clear(timer)
        return ready.filter { $0 != Self.timerTag } + [Self.timerTag]
    }

    /// Closes both.
    func close() {
        Glibc.close(timer)
        Glibc.close(epoll)
    }
}
