import ClusterRunnerDashboard
import ClusterRunnerDomain
import ClusterRunnerHTTP
import ClusterRunnerPlugin
import ClusterRunnerScheduling
import ClusterRunnerWire
import HTTPTypes
import Hummingbird

/// The console output of atoms.
extension MasterRoutes {
    var consoleRoutes: [Route] {
        [
            .get("build/{build_id}/subjob/{subjob_id}/atom/{atom_id}/console", childRoutes: Self.consoleChildRoutes) {
                try await console($0)
            },
            .get("build/{build_id}/subjob/{subjob_id}/atom/{atom_id}/console/stream") { try await follow($0) },
            .get("build/{build_id}/subjob/{subjob_id}/atom/{atom_id}/console/search") { try await search($0) },
        ]
    }

    private static let consoleChildRoutes = [
        "stream": "/v1/build/[build_id]/subjob/[subjob_id]/atom/[atom_id]/console/stream",
        "search": "/v1/build/[build_id]/subjob/[subjob_id]/atom/[atom_id]/console/search",
    ]

    private func console(_ request: RouteRequest) async throws -> Response {
        let maxLines = try request.number("max_lines") ?? 50
        let offset = try request.number("offset_line")
        guard maxLines > 0, offset ?? 0 >= 0 else {
            throw ClusterRunnerError(
                .invalidArgument,
                "\"max_lines\" must be at least 1 and \"offset_line\" at least 0."
            )
        }
        let excerpt = try await excerpt(request, offset, maxLines)
        return try request.respond(
            ConsoleAnswer(
                content: String(decoding: excerpt.content, as: UTF8.self),
                offset: excerpt.offset,
                lines: excerpt.count,
                total: excerpt.total
            )
        )
    }

    /// Answers with the matching lines, as far as they are found within one answer.
    private func search(_ request: RouteRequest) async throws -> Response {
        guard let text = request.fields["text"] else {
            throw ClusterRunnerError(.invalidArgument, "Say what to look for: \"text\" in the query is missing.")
        }
        let first = max(0, try request.number("offset_line") ?? 0)
        let limit = min(1000, max(1, try request.number("max_lines") ?? 100))
        let atom = try await atom(request, of: try await subjob(request, of: try await build(request)))
        let output = try await output(of: atom, attempt: try request.number("attempt"))
        let found = try await search(output, for: text, from: first, limit: limit)
        let lines = found.lines.map { ConsoleSearchAnswer.Line(line: $0.number, content: $0.text) }
        return try request.respond(ConsoleSearchAnswer(lines: lines, next: found.next))
    }

    /// Searches an output for a text.
    func search(_ output: ConsoleOutput?, for text: String, from line: Int, limit: Int) async throws -> ConsoleMatches {
        var search = ConsoleSearch(text, limit: limit)
        switch output {
        case .bytes(let bytes): search.read(bytes[...], from: line)
        case .file(let path, let index, let isWhole):
            try await IndexedConsole(path: path, index: index, isWhole: isWhole).search(&search, from: line)
        case nil: break
        }
        return search.matches
    }

    private func excerpt(_ request: RouteRequest, _ offset: Int?, _ maxLines: Int) async throws -> ConsoleExcerpt {
        let subjob = try await subjob(request, of: try await build(request))
        let attempt = try request.number("attempt")
        do {
            return try await excerpt(of: try await atom(request, of: subjob), attempt, in: subjob, offset, maxLines)
        } catch let error as ClusterRunnerError where error.code == .notFound {
            // The result may have replaced the output that arrived while the atom ran.
            return try await excerpt(of: try await atom(request, of: subjob), attempt, in: subjob, offset, maxLines)
        }
    }

    /// Returns the output of a run of an atom, by default the newest; nil when no output exists.
    func output(of atom: AtomRecord, attempt number: Int?) async throws -> ConsoleOutput? {
        guard let number else { return folders.output(of: atom) }
        let earlier = try await attempts(of: atom)
        if let attempt = earlier.first(where: { $0.number == number }) { return folders.output(of: attempt) }
        let last = max(atom.runs, (earlier.last?.number ?? 0) + 1)
        guard number == last else {
            throw ClusterRunnerError(
                .notFound,
                "Atom \(atom.id) of subjob \(atom.subjobID) has no attempt \(number); the last one is \(last)."
            )
        }
        return folders.output(of: atom)
    }

    /// Returns lines of the output of a run of an atom.
    func excerpt(
        of atom: AtomRecord,
        _ attempt: Int?,
        in subjob: SubjobRecord,
        _ offset: Int?,
        _ maxLines: Int
    ) async throws -> ConsoleExcerpt {
        switch try await output(of: atom, attempt: attempt) {
        case .bytes(let bytes):
            return ConsoleExcerpt(of: { [bytes] }, offset: offset, maxLines: maxLines)
        case .file(let path, let index, let isWhole):
            return try IndexedConsole(path: path, index: index, isWhole: isWhole)
                .excerpt(offset: offset, maxLines: maxLines)
        case nil:
            // The atom is running, but has not printed anything yet.
            if subjob.state == .inProgress { return ConsoleExcerpt(of: { [] }, offset: offset, maxLines: maxLines) }
            throw ClusterRunnerError(
                .notFound,
                "Console output does not exist on this host for build \(atom.buildID), subjob \(atom.subjobID), "
                    + "atom \(atom.id)."
            )
        }
    }
}

// MARK: Following

extension MasterRoutes {
    /// Streams the output of an atom from a byte on, until the atom has ended.
    private func follow(_ request: RouteRequest) async throws -> Response {
        let atom = try await atom(request, of: try await subjob(request, of: try await build(request)))
        let offset = try firstByte(request)
        return .serverSentEvents(to: request, events.readers, timekeeper) {
            ConsoleFrames(from: offset, wakeups: consoleSignal.listen(), timekeeper: timekeeper) {
                let now = try await store.atom(build: atom.buildID, subjob: atom.subjobID, id: atom.id)
                return ConsoleFrames.Look(
                    output: now.flatMap(folders.output),
                    isOver: now?.state.isFinal ?? true,
                    exitCode: now?.result?.exitCode
                )
            }
        } next: { frames in
            try await frames.next()
        }
    }

    /// Returns the number of bytes that the reader already has.
    private func firstByte(_ request: RouteRequest) throws -> Int {
        let header = HTTPField.Name("Last-Event-ID").flatMap { request.request.headers[$0] }
        guard let text = header ?? request.query("offset") else { return 0 }
        guard let offset = Int(text), offset >= 0 else {
            let name = header == nil ? "offset" : "Last-Event-ID"
            throw ClusterRunnerError(
                .invalidArgument,
                "\"\(name)\" must be the number of bytes that were read, not \"\(text)\"."
            )
        }
        return offset
    }
}
