import ClusterRunnerFiles
import ClusterRunnerPlugin
import ClusterRunnerTesting
import Foundation
import Testing

@Suite(.timeLimit(.minutes(10))) struct EventLogTests {
    @Test func `A pipe gets lines as its reader takes them, however many there are`() async throws {
        try await withPipe { _, reader, log in
            let lines = Array(repeating: UInt8(ascii: "x"), count: 300_000)
            // At once: the log waits for a reader no longer than a second.
            let taken = everything(reader, until: lines.count)
            try await log.append(lines)
            for await bytes in taken { #expect(bytes == lines) }
        }
    }

    @Test func `A reader that takes nothing refuses lines, and gets the rest of them later`() async throws {
        try await withPipe { path, reader, log in
            let lines = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 % 251) }
            let error = await #expect(throws: ClusterRunnerError.self) { try await log.append(lines) }
            #expect(error?.message == "Cannot write the event log \(path): its reader takes nothing.")
            let taken = everything(reader, until: lines.count)
            // Tried until the reader has made room.
            while (try? await log.append(lines)) == nil {}
            for await bytes in taken { #expect(bytes == lines) }
        }
    }

    @Test func `A full file is kept as 1, and one that was moved away is begun anew`() async throws {
        try await withScratchDirectory { directory in
            let path = "\(directory)/events"
            let log = try EventLog(.file(path, sizeLimit: 10))
            func read(_ name: String) -> String? {
                try? String(contentsOfFile: "\(directory)/\(name)", encoding: .utf8)
            }
            for line in ["aaaa\n", "bbbb\n", "a line that is longer than the limit\n", "cccc\n"] {
                try await log.append(Array(line.utf8))
            }
            #expect(read("events.1") == "a line that is longer than the limit\n")
            #expect(read("events") == "cccc\n")
            try #require(rename(path, path + ".moved") == 0)
            try await log.append(Array("dddd\n".utf8))
            #expect(read("events.moved") == "cccc\n" && read("events") == "dddd\n")
        }
    }

    /// Runs a body with an event log that is a named pipe, and the pipe's reader.
    private func withPipe(_ body: (_ path: String, _ reader: Int32, EventLog) async throws -> Void) async throws {
        try await withScratchDirectory { directory in
            let path = "\(directory)/pipe"
            try #require(mkfifo(path, 0o600) == 0)
            let reader = open(path, O_RDONLY | O_NONBLOCK)
            defer { close(reader) }
            let log = try EventLog(.file(path))
            try await body(path, reader, log)
        }
    }

    /// Reads `count` bytes on a thread that may block; silence for a minute is the end.
    private func everything(_ descriptor: Int32, until count: Int) -> AsyncStream<[UInt8]> {
        let (stream, continuation) = AsyncStream<[UInt8]>.makeStream()
        Thread.detachNewThread {
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65_536)
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            while bytes.count < count, poll(&entry, 1, 60_000) > 0 {
                let taken = read(descriptor, &buffer, buffer.count)
                guard taken > 0 || taken < 0 && errno == EAGAIN else { break }
                if taken > 0 { bytes += buffer[..<taken] }
            }
            continuation.yield(bytes)
            continuation.finish()
        }
        return stream
    }
}
