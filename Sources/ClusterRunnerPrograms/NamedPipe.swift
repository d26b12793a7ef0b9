import ClusterRunnerConcurrency
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Dispatch
import Glibc

/// A named pipe between this process and a program that opens it by its path.
///
/// This side never blocks a thread and holds both ends, so that neither an early nor a missing program matters: the end
/// of the conversation is the program's exit, ``over``.
final class NamedPipe: Sendable {
    /// The path for the program.
    let path: String
    private let file: SharedFile
    private let over: OneShotSignal

    /// Makes a pipe at a path; `over` fires when the program has exited.
    init(_ path: String, over: OneShotSignal) throws {
        self.path = path
        self.over = over
        try attempting("Cannot make the pipe \(path)") {
            _ = try retryingInterrupts { mkfifo(path, 0o600) }
        }
        file = try attempting("Cannot open the pipe \(path)") { try SharedFile(path, O_RDWR | O_NONBLOCK) }
    }

    /// Returns the next bytes; none once the program has exited and all is read.
    ///
    /// - Throws: `CancellationError` when the surrounding task is canceled meanwhile.
    func read(upTo count: Int = 64 << 10) async throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: count)
        while true {
            // In this order: what a program has written before its exit is read.
            let isOver = over.hasFired
            let filled = try withoutBlocking {
                try buffer.withUnsafeMutableBytes { try file.file.read(into: $0) }
            }
            if let filled { return Array(buffer.prefix(filled)) }
            guard !isOver else { return [] }
            try await ready { DispatchSource.makeReadSource(fileDescriptor: $0, queue: $1) }
        }
    }

    /// Writes all bytes; stops early when the program has exited.
    ///
    /// - Throws: `CancellationError` when the surrounding task is canceled meanwhile.
    func write(_ bytes: [UInt8]) async throws {
        var rest = bytes[...]
        while !rest.isEmpty, !over.hasFired {
            let written = try withoutBlocking {
                try rest.prefix(Self.pieceSize).withUnsafeBytes { try file.file.write($0) }
            }
            if let written {
                rest = rest.dropFirst(written)
            } else {
                try await ready { DispatchSource.makeWriteSource(fileDescriptor: $0, queue: $1) }
            }
        }
    }

    /// The bytes of one write: a pipe with room for a page takes them at once.
    private static let pieceSize = 4096

    /// Performs a call; nil when it would block.
    private func withoutBlocking(_ call: () throws -> Int) throws -> Int? {
        do {
            return try call()
        } catch let fault as SystemFault {
            if fault.number == EAGAIN { return nil }
            throw fault.error("The pipe \(path) failed")
        }
    }

    /// Waits until the pipe is ready or the program has exited.
    private func ready(_ makeSource: (Int32, DispatchQueue) -> any DispatchSourceProtocol) async throws {
        let ready = OneShotSignal()
        let source = makeSource(file.descriptor, Self.queue)
        source.setEventHandler { ready.fire() }
        // The descriptor must stay open until the source no longer watches it.
        source.setCancelHandler { withExtendedLifetime(self) {} }
        source.activate()
        await withTaskGroup { group in
            group.addTask { await ready.wait() }
            group.addTask { [over] in await over.wait() }
            await group.next()
            group.cancelAll()
        }
        source.cancel()
        try Task.checkCancellation()
    }

    private static let queue = DispatchQueue(label: "clusterrunner.pipes")
}
