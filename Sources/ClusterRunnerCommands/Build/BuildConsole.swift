import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerTerminal
import ClusterRunnerWire

/// The display of a running build.
///
/// A terminal gets one or two lines that are redrawn, with permanent lines above them. Other outputs get plain lines at intervals,
/// or every event as a line of JSON.
actor BuildConsole {
    /// The forms of the display.
    enum Mode: Sendable {
        case live, plain, json, quiet
    }

    let mode: Mode
    let style: TextStyle
    private let timekeeper: Timekeeper
    private let width: @Sendable () -> Int
    private let write: @Sendable (String) -> Void
    private let start: Duration
    private var view: BuildView?
    private var isDrawn = false
    private var lastPlain: (counts: String?, at: Duration)?
    private var longest: LongestAtoms?
    private var slow = SlowAtoms()
    private var hasKeys = false
    private var lastLine: Duration

    /// The minimum time between two plain lines.
    static let plainInterval = Duration.seconds(10)

    init(
        mode: Mode,
        style: TextStyle,
        timekeeper: Timekeeper,
        age: Duration = .zero,
        width: @escaping @Sendable () -> Int = { Terminal.width ?? 80 },
        write: @escaping @Sendable (String) -> Void = { Terminal.write($0) }
    ) {
        self.mode = mode
        self.style = style
        self.timekeeper = timekeeper
        self.width = width
        self.write = write
        lastLine = timekeeper.now.uptime
        start = lastLine - age
    }

    /// Whether the display changes with time alone.
    nonisolated var needsTicks: Bool { mode == .live || mode == .plain }

    private var elapsed: Double { (timekeeper.now.uptime - start).inSeconds }

    /// Tells that keys of the terminal are read.
    func acceptKeys() { hasKeys = true }

    /// Whether atoms may be running that are worth a look.
    var isRunningAtoms: Bool { view.map { $0.progress?.running ?? 0 > 0 && !$0.isMasterSilent } ?? false }

    /// Begins the display of a build with a sentence about its queue.
    func begin(_ build: BuildID, _ sentence: String) {
        view = BuildView(build: build)
        switch mode {
        case .live, .plain: printLine(sentence)
        case .json: printJSON(["__tag__": "BUILD_ACCEPTED", "build_id": .integer(build)])
        case .quiet: break
        }
    }

    /// Updates the progress.
    func show(_ progress: ProgressRepresentation, waitingFor: String?) {
        view?.progress = progress
        let wasStopped = view?.obstacle != nil
        view?.waitingFor = waitingFor
        // An unexpected obstacle is shown at once, and once.
        if mode == .plain, !wasStopped, let view, let obstacle = view.obstacle {
            return printLine("Build \(view.build): waiting for \(TerminalText.line(obstacle).asSentence)")
        }
        refresh()
    }

    /// Shows the atoms that have run longest; one that takes far longer than ever is told in a line that stays.
    func show(running atoms: [RunningAtomRepresentation], _ title: AtomTitle) {
        guard needsTicks, view != nil else { return }
        longest = LongestAtoms(atoms: atoms, title: title, readAt: timekeeper.now.uptime)
        for atom in slow.news(in: atoms) {
            printLine(BuildView.slow(atom, title, width: mode == .live ? width() : nil, style: style))
        }
        refresh()
    }

    /// Shows running atoms with the end of their output so far.
    func show(_ outputs: [(atom: RunningAtomRepresentation, lines: [String])], _ title: AtomTitle) {
        guard let view else { return }
        guard !outputs.isEmpty else {
            return printLine("Build \(view.build): \(view.idleReason ?? "no atom has run for a second").")
        }
        for (atom, lines) in outputs {
            printLine(BuildView.running(atom, title, width: width(), style: style))
            for line in lines { printLine("    \(TerminalText.line(line, isColoured: style.isColoured))") }
        }
    }

    /// The failed atoms that are on the screen or in the log, and need no place in the report.
    private(set) var shownFailures: Set<AtomPosition> = []

    /// Shows a failed atom with the end of its output; nil prints the name only.
    func show(_ atom: AtomRepresentation, _ title: AtomTitle = AtomTitle(), output: [String]?) {
        let output = output ?? []
        switch mode {
        case .live, .plain:
            shownFailures.insert(AtomPosition(subjob: atom.subjob, atom: atom.id))
            let lines = output.map { "    \(TerminalText.line($0, isColoured: style.isColoured))" }
            let name = BuildView.failure(atom, title, width: mode == .live ? width() : nil, style: style)
            for line in [name] + lines { printLine(line) }
        case .json:
            guard !output.isEmpty else { return }
            printJSON([
                "__tag__": "ATOM_OUTPUT", "subjob_id": .integer(atom.subjob), "atom_id": .integer(atom.id),
                "command_string": .string(atom.command), "content": .string(output.joined(separator: "\n") + "\n"),
            ])
        case .quiet: break
        }
    }

    /// Prints an event unchanged, in the JSON form.
    func show(_ event: ServerSentEvent) {
        guard mode == .json else { return }
        guard event.name == BuildProgressEvent.name else { return write(event.data + "\n") }
        let members = (try? JSONCoding.decodeObject(from: Array(event.data.utf8))) ?? [:]
        printJSON(.object(members.merging(["__tag__": .string(event.name)]) { $1 }))
    }

    /// Shows whether the master answers.
    func masterIsSilent(_ isSilent: Bool) {
        guard let view, view.isMasterSilent != isSilent else { return }
        self.view?.isMasterSilent = isSilent
        switch mode {
        case .live: refresh()
        case .plain:
            printLine(
                "Build \(view.build): the master \(isSilent ? "does not answer, trying again" : "answers again")."
            )
        case .json, .quiet: break
        }
    }

    /// Shows that the build is being canceled.
    func isCanceling(_ sentence: String) {
        view?.isCanceling = true
        erase()
        Terminal.printError(sentence)
        refresh()
    }

    /// Prints a sentence at the end of the display of a build that goes on.
    func leave(_ sentence: String) {
        erase()
        Terminal.printError(sentence)
    }

    /// The time since the last line.
    var silence: Duration { timekeeper.now.uptime - lastLine }

    /// Prints a sign of life, unless something was printed since the silence of the given length.
    func beat(_ status: BuildRepresentation?, after silence: Duration) {
        guard self.silence >= silence else { return }
        let now = timekeeper.now
        lastLine = now.uptime
        if let view { printLine(BuildHeartbeat(view: view, status: status).line(elapsed: elapsed, now: now.wall)) }
    }

    /// Redraws the display as time passes.
    func tick() { refresh() }

    /// Restores the terminal.
    func end() {
        erase()
        view = nil
    }
}

// MARK: Writing

extension BuildConsole {
    private func refresh() {
        guard let view else { return }
        switch mode {
        case .live: draw(view)
        case .plain: printPlainIfDue(view)
        case .json, .quiet: break
        }
    }

    /// Draws the line of progress, and below it that of the atoms; the cursor stays at the beginning of the first one.
    private func draw(_ view: BuildView) {
        let columns = width()
        var text = "\r\(view.liveLine(elapsed: elapsed, width: columns, style: style))\u{1B}[K"
        let below = view.isMasterSilent || view.isCanceling ? nil : longest
        if let line = below?.line(at: timekeeper.now.uptime, width: columns, hasKeys: hasKeys) {
            text += "\n\(style(.dim, line))\u{1B}[K\u{1B}[A"
        } else {
            text += "\u{1B}[J"
        }
        write(text + "\r")
        isDrawn = true
    }

    private func printPlainIfDue(_ view: BuildView) {
        let now = timekeeper.now.uptime
        let (counts, line) = (view.countsInWords, view.plainLine(elapsed: elapsed))
        guard !view.isMasterSilent, let line else { return }
        // Every build waits for a moment when it begins.
        if counts == nil, elapsed < Self.plainInterval.inSeconds { return }
        if let lastPlain, lastPlain.counts == counts || now - lastPlain.at < Self.plainInterval { return }
        lastPlain = (counts, now)
        printLine(line)
    }

    private func printLine(_ line: String) {
        erase()
        lastLine = timekeeper.now.uptime
        write(line + "\n")
        if mode == .live { refresh() }
    }

    private func erase() {
        guard isDrawn else { return }
        isDrawn = false
        write("\r\u{1B}[J")
    }

    private func printJSON(_ value: JSONValue) {
        guard let bytes = try? JSONCoding.encode(value) else { return }
        write(String(decoding: bytes, as: UTF8.self) + "\n")
    }
}
