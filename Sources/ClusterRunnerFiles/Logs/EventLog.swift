import ClusterRunnerConcurrency
import ClusterRunnerPlugin
import Foundation

/// The event log file of a service, one JSON object a line.
///
/// It has a thread of its own, so that a slow reader or disk holds up nothing else. Lines are refused when a reader
/// takes nothing for ``patience``; the caller retries them with the next ones.
///
/// A file that has reached its limit is renamed to `NAME.1`, in the place of the one before. A file that another program
/// moved away, as logrotate does, is created again.
package actor EventLog {
    private let place: EventLogPlace
    private var file: OpenFile
    /// The path and the limit of a regular file.
    ///
    /// Other files are shared with other writers: they are neither cut nor renamed.
    private let regular: (path: String, sizeLimit: Int)?
    /// The number of bytes of the retried lines that a reader has already taken.
    private var taken = 0
    private let thread = ThreadExecutor(label: "clusterrunner.eventlog")

    /// The longest wait for a reader, in milliseconds.
    private static let patience: Int32 = 1_000
    /// The number of bytes that a pipe accepts in one piece.
    private static let pieceSize = 4_096

    package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Opens the file for appending, and creates it where it is missing.
    ///
    /// - Throws: ``ClusterRunnerError`` when the file cannot be written, or is a named pipe without a reader.
    package init(_ place: EventLogPlace) throws {
        self.place = place
        file = try Self.open(place)
        if case .file(let path, let limit) = place, try file.status().kind == .regular {
            regular = (path, limit)
        } else {
            regular = nil
        }
    }

    private static func open(_ place: EventLogPlace) throws -> OpenFile {
        do {
            switch place {
            case .file(let path, _): return try OpenFile(path, O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_NOCTTY)
            case .standardOutput: return try OpenFile.aboveStandardStreams(copyOf: STDOUT_FILENO)
            }
        } catch {
            let reason = error.number == ENXIO ? "it is a named pipe without a reader" : "\(error)"
            throw ClusterRunnerError(.failed, "Cannot write the event log \(place): \(clause: reason).")
        }
    }

    /// Appends whole lines, all of them or none; bytes that a reader has already taken are not sent again.
    package func append(_ lines: [UInt8]) throws {
        try rotate(before: lines.count)
        let end = regular == nil ? 0 : Int(lseek(file.descriptor, 0, SEEK_END))
        do {
            while taken < lines.count {
                let rest = lines[taken...]
                taken += try regular == nil ? writeWhenReady(rest.prefix(Self.pieceSize)) : file.unowned.write(rest)
            }
        } catch {
            try giveUp(error, end)
        }
        taken = 0
    }

    /// Begins a new file if the present one is full or was moved away.
    private func rotate(before count: Int) throws {
        guard let (path, limit) = regular else { return }
        let here = try? file.status()
        let isInPlace = here?.identity == FileStatus(path: path)?.identity
        // An empty file takes any lines: otherwise long ones would rotate without end.
        let isFull = here.map { $0.size > 0 && $0.size + count > limit } ?? false
        if isInPlace, isFull { rename(path, path + ".1") }
        if !isInPlace || isFull { file = try Self.open(place) }
    }

    /// Standard output is shared with processes that rely on its blocking mode, so only single calls are non-blocking.
    private func writeWhenReady(_ bytes: ArraySlice<UInt8>) throws(SystemFault) -> Int {
        guard try file.unowned.isWritable(within: Self.patience) else { throw SystemFault(EAGAIN) }
        do {
            return try file.unowned.send(bytes)
        } catch {
            guard error.number == ENOTSOCK else { throw error }
            return try file.unowned.write(bytes)
        }
    }

    private func giveUp(_ fault: SystemFault, _ end: Int) throws {
        if regular != nil {
            try? file.resize(to: end)
            taken = 0
        }
        let reason = fault.number == EAGAIN ? "its reader takes nothing" : "\(fault)"
        throw ClusterRunnerError(.ofSystem(fault.number), "Cannot write the event log \(place): \(clause: reason).")
    }
}
