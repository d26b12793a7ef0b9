import ClusterRunnerConcurrency
import ClusterRunnerDomain

/// The open instruction streams, by slave.
///
/// An instruction for a slave that is not connected is dropped: a slave is told everything when it reconnects.
final class InstructionOutlets: Sendable {
    private struct Outlet {
        let number: Int
        let continuation: AsyncStream<SlaveInstruction>.Continuation
    }

    private struct Outlets {
        var bySlave: [SlaveID: Outlet] = [:]
        var count = 0
        var isOver = false
    }

    private let outlets = Lock(Outlets())

    /// Opens the stream of a slave and replaces its earlier one; after ``closeAll()`` the stream ends at once.
    ///
    /// - Returns: The stream and its number for ``close(slave:number:)``.
    func open(slave: SlaveID) -> (stream: AsyncStream<SlaveInstruction>, number: Int) {
        let (stream, continuation) = AsyncStream<SlaveInstruction>.makeStream()
        let number = outlets.withLock { outlets in
            outlets.count += 1
            guard !outlets.isOver else {
                continuation.finish()
                return outlets.count
            }
            outlets.bySlave.updateValue(Outlet(number: outlets.count, continuation: continuation), forKey: slave)?
                .continuation.finish()
            return outlets.count
        }
        return (stream, number)
    }

    /// Sends an instruction to a slave, if it is connected.
    func send(_ instruction: SlaveInstruction, to slave: SlaveID) {
        _ = outlets.withLock { $0.bySlave[slave]?.continuation.yield(instruction) }
    }

    /// Ends the stream of a slave.
    ///
    /// - Returns: Whether it was open and, if a number is given, had that number.
    @discardableResult
    func close(slave: SlaveID, number: Int? = nil) -> Bool {
        outlets.withLock { outlets in
            guard let outlet = outlets.bySlave[slave], number == nil || outlet.number == number else { return false }
            outlets.bySlave[slave] = nil
            outlet.continuation.finish()
            return true
        }
    }

    /// Ends all streams, including those opened later.
    func closeAll() {
        outlets.withLock { outlets in
            outlets.isOver = true
            for outlet in outlets.bySlave.values { outlet.continuation.finish() }
            outlets.bySlave = [:]
        }
    }
}
