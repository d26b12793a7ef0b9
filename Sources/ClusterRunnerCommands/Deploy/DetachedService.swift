import ClusterRunnerConcurrency
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc

/// A service that is started in a session of its own, so that it outlives its starter and the starter's terminal.
struct DetachedService: Sendable {
    /// The program and its arguments.
    let words: [String]
    /// The file that takes its output, which is begun anew.
    let log: String
    let timekeeper: Timekeeper

    /// The ends of a wait for a service.
    private enum Event: Sendable {
        case told(String)
        case ended(Int32)
        case late
    }

    /// Starts the service, and waits until it tells a status that begins with a text.
    ///
    /// A service that is late goes on.
    ///
    /// - Returns: The status.
    /// - Throws: ``ClusterRunnerError`` when it has ended, or has not told that status within a limit.
    func start(untilStatus beginning: String, within limit: Duration) async throws -> String {
        let socket = try StatusSocket()
        let life = Life(try spawn(socket))
        let event = try await withThrowingTaskGroup(of: Event?.self) { group in
            group.addTask {
                await socket.status(beginning: beginning).map(Event.told)
            }
            group.addTask {
                // The limit of the wait ends this one, too.
                let late = ClusterRunnerError(.unavailable, "It still runs.")
                return .ended(try await blocking(within: limit * 2, orThrow: late) { _ in life.reap() })
            }
            group.addTask {
                try await timekeeper.sleep(for: limit)
                return .late
            }
            defer { group.cancelAll() }
            while let event = try await group.next() { if let event { return event } }
            return .late
        }
        switch event {
        case .told(let status): return status
        case .ended(let code):
            let reason = lastLine.isEmpty ? "It ended with exit code \(code) and said nothing." : lastLine
            throw ClusterRunnerError(.failed, "\(reason) Its log is \(log).")
        case .late:
            let seconds = Int(limit.inSeconds)
            throw ClusterRunnerError(
                .unavailable,
                "It runs, but is not ready after \(seconds) s. \(socket.last.asSentence) Its log is \(log)."
            )
        }
    }

    private func spawn(_ socket: StatusSocket) throws -> pid_t {
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND
        let output = try attempting("\(log) cannot be written", code: .failed) { try OpenFile(log, flags) }
        let input = try attempting("/dev/null cannot be read", code: .failed) { try OpenFile("/dev/null", O_RDONLY) }
        let start = ProgramStart(
            words: words,
            descriptors: [input.descriptor, output.descriptor, output.descriptor],
            variables: [SystemdVariables.readySocketName: socket.path],
            isDetached: true
        )
        let (status, id) = start.start()
        guard status == 0 else {
            throw ClusterRunnerError(.failed, "The program \(words[0]) cannot be started: \(systemMessage(status)).")
        }
        return id
    }

    /// The last line of its output, as a sentence; empty without one.
    private var lastLine: String {
        guard let file = try? OpenFile(log, O_RDONLY), let bytes = try? file.readToEnd(limit: 1 << 20) else {
            return ""
        }
        return ToolProcess.lastLine(of: String(decoding: bytes, as: UTF8.self)) ?? ""
    }
}
