import ClusterRunnerCore
import ClusterRunnerFiles
import ClusterRunnerTesting
import Foundation
import Testing

@Suite(.timeLimit(.minutes(1))) struct EventLogTests {
    @Test func `A pipe gets lines as its reader takes them, however many there are`() async throws {
        try await withScratchDirectory { directory in
            let path = "\(directory)/pipe"
            try #require(mkfifo(path, 0o600) == 0)
            let reader = open(path, O_RDONLY | O_NONBLOCK)
            defer { close(reader) }
            let log = try EventLog(.file(path))
            let lines = Array(repeating: UInt8(ascii: "x"), count: 300_000)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await log.append(lines) }
                var taken = 0
                var buffer = [UInt8](repeating: 0, count: 65_536)
                while taken < lines.count {
                    let count = read(reader, &buffer, buffer.count)
                    if count > 0 { taken += count } else { await Task.yield() }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func `A reader that takes nothing refuses lines, and gets the rest of them later`() async throws {
        try await withScratchDirectory { directory in
            let path = "\(directory)/pipe"
            try #require(mkfifo(path, 0o600) == 0)
            let reader = open(path, O_RDONLY | O_NONBLOCK)
            defer { close(reader) }
            let log = try EventLog(.file(path))
            let lines = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 % 251) }
            let error = await #expect(throws: ClusterRunnerError.self) { try await log.append(lines) }
            #expect(error?.message == "Cannot write the event log \(path): nobody reads it.")
            var taken = try await everything(reader, until: 65_536)
            try await log.append(lines)
            taken += try await everything(reader, until: lines.count - taken.count)
            #expect(taken == lines)
        }
    }

    private func everything(_ descriptor: Int32, until count: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < count {
            let count = read(descriptor, &buffer, buffer.count)
            if count > 0 { bytes += buffer[..<count] } else { await Task.yield() }
        }
        return bytes
    }
}
