import ClusterRunnerFiles
import Glibc

/// A watch on a running program, which collects its output and ends it at a limit or at the stop flag.
struct ProgramWatch {
    // Number of bytes kept of the errors; git's explanation of a failure is at their end.
    private static let keptErrors = 64 << 10
    // Time for git to remove its lock files when it is asked to end; a helper may ignore the request.
    private static let grace = Duration.seconds(2)

    private let program: RunningProgram
    private let limits: ChildProgram.Limits
    private let stop: StopFlag
    private let start = ContinuousClock.now
    private var lastWord = ContinuousClock.now
    private var output: [UInt8] = []
    private var errors: [UInt8] = []
    private var isOutputOpen = true
    private var areErrorsOpen = true
    private var reason: ChildProgram.End.Reason?
    private var killTime: ContinuousClock.Instant?

    init(program: RunningProgram, limits: ChildProgram.Limits, stop: StopFlag) {
        (self.program, self.limits, self.stop) = (program, limits, stop)
    }

    /// Blocks until the program has exited, even if its output stays open.
    ///
    /// A connection that ssh keeps for later calls holds the standard error of the first one open.
    mutating func untilEnd() -> ChildProgram.Outcome {
        // Without an alarm the program is still bounded by its limits.
        let alarm = try? Line()
        defer { if let alarm { for end in [alarm.reader, alarm.writer] { close(end) } } }
        stop.alarmed({ alarm?.send("!") }) {
            while !wait(alarm: alarm?.reader ?? -1) {}
        }
        let end = program.reap()
        return ChildProgram.Outcome(end: reason.map { .ended($0) } ?? end, output: output, errors: errors)
    }

    /// Waits for the next event and handles it.
    ///
    /// - Returns: whether the program has exited.
    private mutating func wait(alarm: Int32) -> Bool {
        let descriptors = [
            program.exit, isOutputOpen ? program.output : -1, areErrorsOpen ? program.errors : -1,
            reason == nil ? alarm : -1,
        ]
        var questions = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        guard poll(&questions, nfds_t(questions.count), timeout) >= 0 else { return false }
        // At the exit too, since more may have been written in between.
        if isOutputOpen { isOutputOpen = read(program.output, isError: false) }
        if areErrorsOpen { areErrorsOpen = read(program.errors, isError: true) }
        if questions[0].revents != 0 {
            if reason != nil { program.signal(SIGKILL) }
            return true
        }
        if questions[3].revents != 0 { end(.stopped) }
        checkLimits()
        return false
    }

    /// Reads all available bytes.
    ///
    /// - Returns: whether more can come.
    private mutating func read(_ descriptor: Int32, isError: Bool) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            guard let count = try? retryingInterrupts({ Glibc.read(descriptor, &buffer, buffer.count) }) else {
                return true
            }
            guard count > 0 else { return false }
            lastWord = .now
            take(buffer[..<count], isError: isError)
        }
    }

    private mutating func take(_ bytes: ArraySlice<UInt8>, isError: Bool) {
        guard isError else {
            if output.count + bytes.count > limits.output { return end(.tooMuchOutput) }
            output += bytes
            return
        }
        errors += bytes
        if errors.count > 2 * Self.keptErrors { errors.removeFirst(errors.count - Self.keptErrors) }
    }

    private mutating func checkLimits() {
        let now = ContinuousClock.now
        if let killTime {
            guard now >= killTime else { return }
            program.signal(SIGKILL)
            self.killTime = now + Self.grace
        } else if now >= start + limits.overall {
            end(.late(limits.overall))
        } else if let silence = limits.silence, now >= lastWord + silence {
            end(.silent(silence))
        }
    }

    private mutating func end(_ reason: ChildProgram.End.Reason) {
        guard self.reason == nil else { return }
        self.reason = reason
        killTime = .now + Self.grace
        program.signal(SIGTERM)
    }

    /// Milliseconds to the next deadline.
    private var timeout: Int32 {
        let silence = limits.silence.map { lastWord + $0 }
        let due = killTime ?? min(start + limits.overall, silence ?? start + limits.overall)
        let left = (due - .now) / .milliseconds(1)
        return Int32(min(max(0, left.rounded(.up)), 3_600_000))
    }
}
