import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerTerminal
import ClusterRunnerWire

/// Prints the outputs of a build's commands.
struct BuildLogs: Sendable {
    let client: MasterClient
    let build: BuildID
    let isJSON: Bool
    let style: TextStyle
    /// Whether standard output is a terminal, which output must not control.
    let isTerminal: Bool
    /// Whether the master ends with its build, and never answers again.
    var isEmbedded = false
    var timekeeper = Timekeeper.system()

    /// The number of lines in one request.
    private static let pageSize = 10_000

    /// Prints the whole output of a run of an atom so far; by default of the newest run.
    func print(_ position: AtomPosition, attempt: Int? = nil) async throws {
        if isJSON {
            let atom = try await client.atom(build: build, subjob: position.subjob, atom: position.atom)
            return try await printJSON(atom, attempt: attempt)
        }
        try await write(position, attempt: attempt)
    }

    private func write(_ position: AtomPosition, attempt: Int? = nil) async throws {
        var output = OutputPipe(isTerminal: isTerminal, style)
        defer { output.end() }
        try await pages(of: position, attempt) { output.write($0) }
    }

    /// Prints the output of each failed atom of a build, under its name.
    func printFailures() async throws {
        let status = try await client.build(build)
        for atom in status.failedAtoms { try await print(failed: atom, AtomTitle(of: status)) }
        guard status.failedAtoms.isEmpty, !isJSON else { return }
        let hint = status.progress.failed > 0 ? " so far; --follow shows them while it runs" : ""
        Terminal.printError("No atom of build \(build) has failed\(hint).")
    }

    private func print(failed atom: AtomRepresentation, _ title: AtomTitle) async throws {
        if isJSON { return try await printJSON(atom) }
        Terminal.print(BuildView.failure(atom, title, width: Terminal.width, style: style))
        let position = AtomPosition(subjob: atom.subjob, atom: atom.id)
        do {
            try await write(position)
        } catch let error as ClusterRunnerError where error.code == .notFound {
            Terminal.print("(no output)")
        }
    }

    private func printJSON(_ atom: AtomRepresentation, attempt: Int? = nil) async throws {
        var content = ""
        do {
            try await pages(of: AtomPosition(subjob: atom.subjob, atom: atom.id), attempt) { content += $0 }
        } catch let error as ClusterRunnerError where error.code == .notFound && attempt == nil {
            content = ""
        }
        let run = attempt.flatMap { number in atom.runs?.first { $0.number == number } }
        let (exitCode, cause) = run.map { ($0.exitCode, $0.cause) } ?? (atom.exitCode, atom.cause)
        var members: [String: JSONValue] = [
            "subjob_id": .integer(atom.subjob), "atom_id": .integer(atom.id), "command_string": .string(atom.command),
            "exit_code": exitCode.map(JSONValue.integer) ?? .null,
            "cause": cause.map(JSONValue.string) ?? .null, "content": .string(content),
        ]
        members["attempt"] = attempt.map(JSONValue.integer)
        Terminal.print(try JSONValue.object(members).line)
    }

    private func pages(of position: AtomPosition, _ attempt: Int?, _ take: (String) -> Void) async throws {
        var offset = 0
        while true {
            let page = try await client.consolePage(
                build: build,
                subjob: position.subjob,
                atom: position.atom,
                attempt: attempt,
                offset: offset,
                lines: Self.pageSize
            )
            take(page.content)
            offset += page.lines
            guard page.lines > 0, offset < page.total else { return }
        }
    }
}

// MARK: Test cases

extension BuildLogs {
    /// The maximum number of cases printed.
    private static let mostCases = 1000

    /// Prints the test cases with a name, or else those that have the text in their name, class or file.
    ///
    /// - Throws: ``ClusterRunnerError`` when there is none.
    func print(casesNamed text: String) async throws {
        var found = try await client.cases(of: build, name: text, limit: Self.mostCases)
        if found.cases.isEmpty { found = try await client.cases(of: build, text: text, limit: Self.mostCases) }
        guard !found.cases.isEmpty else { throw try await nothing(named: text) }
        for each in found.cases {
            if isJSON {
                Terminal.print(try String(lineOf: each))
                continue
            }
            for line in CaseLines(style: style).lines(each, limit: nil) { Terminal.print(line) }
            let seconds = each.seconds.map { ", \(DurationText.seconds($0)) s" } ?? ""
            Terminal.print(
                "    in \(TerminalText.line(each.atomValue)) (artifact_\(each.subjob)_\(each.atom)\(seconds))"
            )
        }
        let rest = found.total - found.cases.count
        if rest > 0 { Terminal.printError("There are \(rest) more; a longer text selects fewer.") }
    }

    private func nothing(named text: String) async throws -> ClusterRunnerError {
        let count = try await client.build(build).cases
        let all = count == 1 ? "1 test case" : "\(count) test cases"
        return count > 0
            ? ClusterRunnerError(
                .notFound,
                "None of the \(all) of build \(build) has \(excerpt(of: text)) in its name."
            )
            : ClusterRunnerError(
                .notFound,
                "No atom of build \(build) has reported test cases. \"junit\" or \"report\" in the job file says where "
                    + "reports are."
            )
    }
}

// MARK: Set-up

extension BuildLogs {
    /// Prints the outputs of atomizers, set-ups and teardowns.
    func printSetup() async throws {
        let setup = try await client.setup(build: build)
        if isJSON { return Terminal.print(try String(lineOf: setup)) }
        for text in Self.sections(of: setup, style) { write(text) }
    }

    /// Prints the outputs of set-ups and teardowns while they run, until the last teardown has ended.
    func followSetup() async throws {
        var shown = SetupTranscript()
        var output = OutputPipe(isTerminal: isTerminal, style)
        defer { output.end() }
        try await again { heard in
            shown.connectionBegins()
            for try await event in try await client.setupOutput(build: build) {
                heard()
                if event.name == CommandsOverEvent.name { return true }
                guard let known = try SetupTranscript.Event(event) else { continue }
                let text = shown.take(known, style)
                if isJSON, text != nil {
                    let members = try JSONCoding.decodeObject(from: Array(event.data.utf8))
                    Terminal.print(try JSONValue.object(members.merging(["event": .string(event.name)]) { $1 }).line)
                } else if let text {
                    output.write(text)
                }
            }
            return false
        }
    }

    private func write(_ section: String) {
        var output = OutputPipe(isTerminal: isTerminal, style)
        output.write(section)
        output.end()
    }

    static func sections(of setup: SetupRepresentation, _ style: TextStyle) -> [String] {
        let atomizer = setup.atomizer.map { command in
            section("atomizer", command.exitCode, command.seconds, output: command.output, style)
        }
        return (atomizer.map { [$0] } ?? []) + setup.commands.map { section($0, style) }
    }

    private static func section(_ command: CommandRepresentation, _ style: TextStyle) -> String {
        let name = command.kind.rawValue + (command.slaveURL.map { " on \($0)" } ?? "")
        let (code, isRunning) = (command.exitCode, command.isRunning)
        return section(name, code, command.seconds, isRunning: isRunning, output: command.output, style)
    }

    private static func section(
        _ name: String,
        _ exitCode: Int?,
        _ seconds: Double,
        isRunning: Bool = false,
        output: String,
        _ style: TextStyle
    ) -> String {
        let code = exitCode.map { "exit code \($0)" } ?? (isRunning ? "running" : "did not run")
        let end = output.isEmpty || output.hasSuffix("\n") ? "" : "\n"
        let emphasis: TextStyle.Emphasis = exitCode == 0 || isRunning ? .bold : .red
        let title = TerminalText.line("\(name) (\(code), \(DurationText.seconds(seconds)) s)")
        return "\(style(emphasis, title))\n\(output)\(end)"
    }
}

// MARK: Following

extension BuildLogs {
    /// Prints the output of an atom while it runs, until it has ended.
    func follow(_ position: AtomPosition) async throws {
        var offset = 0
        var output = OutputPipe(isTerminal: isTerminal, style)
        defer { output.end() }
        try await again { heard in
            let events = try await client.output(
                build: build,
                subjob: position.subjob,
                atom: position.atom,
                from: offset
            )
            for try await event in events {
                heard()
                if event.name == ConsoleEndEvent.name {
                    if isJSON { Terminal.print(event.data) }
                    return true
                }
                guard event.name == ConsoleOutputEvent.name else { continue }
                offset = event.id ?? offset
                if isJSON {
                    Terminal.print(event.data)
                } else {
                    output.write(try event.read(ConsoleOutputEvent.self).text)
                }
            }
            return false
        }
    }

    /// Prints the output of atoms as they fail, until the build has ended.
    func followFailures() async throws {
        var title: AtomTitle?
        try await follow([.atomFinish, .buildFinished]) { event in
            guard event.name == EventTag.atomFinish.rawValue else { return }
            let members = try JSONCoding.decodeObject(from: Array(event.data.utf8))
            guard members["exit_code"] != 0 || members["cause"] != nil,
                let subjob = members["subjob_id"]?.integer.map({ SubjobID($0) }),
                let id = members["atom_id"]?.integer.map({ AtomIndex($0) })
            else { return }
            let atom = try await client.atom(build: build, subjob: subjob, atom: id)
            guard atom.hasFailed else { return }
            let names = if let title { title } else { AtomTitle(of: try await client.build(build)) }
            title = names
            try await print(failed: atom, names)
        }
    }

    private func follow(_ tags: [EventTag], _ take: (ServerSentEvent) async throws -> Void) async throws {
        var last: Int?
        try await again { heard in
            for try await event in try await client.events(build: build, tags: tags, after: last) {
                heard()
                guard event.id != nil else { continue }
                try await take(event)
                // Only now, so that events not shown because of a lost connection are read again.
                last = event.id
                if event.name == EventTag.buildFinished.rawValue { return true }
            }
            return false
        }
    }

    /// Reads until the end, and retries while the master does not answer.
    private func again(_ read: (_ heard: () -> Void) async throws -> Bool) async throws {
        // A missing build is an answer, and no reason to wait.
        _ = try await client.build(build)
        var failures = 0
        while true {
            do {
                if try await read({ failures = 0 }) { return }
            } catch is MasterUnreachable where isEmbedded {
                throw ClusterRunnerError(
                    .unavailable,
                    "The embedded cluster has ended with its build. Read the rest without --follow."
                )
            } catch is MasterUnreachable {
                if failures == 0 { Terminal.printError("The master does not answer, trying again.") }
            }
            failures += 1
            try await timekeeper.sleep(for: RetryPolicy().delay(afterFailures: failures))
        }
    }
}
