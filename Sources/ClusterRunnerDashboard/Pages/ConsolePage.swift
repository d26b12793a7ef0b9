package import ClusterRunnerDomain
import ClusterRunnerTerminal

/// Lines of an atom's output, for display.
package struct ConsoleWindow: Sendable {
    let first: Int
    let count: Int
    let total: Int
    let text: String

    /// Creates a window; `first` is the number of its first line, from 0.
    package init(first: Int, count: Int, total: Int, text: String) {
        (self.first, self.count, self.total, self.text) = (first, count, total, text)
    }

    /// The number of lines shown at once.
    package static let size = 1000
}

/// The requested part of an output, from the query string.
package struct ConsoleChoice: Sendable, Equatable {
    let line: Int?
    /// The number of the shown run; nil shows the newest.
    package let attempt: Int?
    /// The searched text; nil without a search.
    package let search: String?
    /// The line where the search begins, from 0.
    package let searchFrom: Int

    /// Reads a query string; `line` is a number from 1.
    package init(_ query: QueryString) {
        line = query["line"].flatMap { Int($0) }.map { min(max(1, $0), 1 << 40) }
        attempt = query["attempt"].flatMap { Int($0) }
        search = query["search"]
        searchFrom = max(0, query["from"].flatMap { Int($0) } ?? 0)
    }

    /// The first line to show, from 0; nil shows the end of the output.
    package var offset: Int? { line.map { ($0 - 1) / ConsoleWindow.size * ConsoleWindow.size } }
}

/// The output of an atom.
package struct ConsolePage: Page {
    package static let template = Template.console
    package let title: String
    package let section: Section? = .builds
    let header: BuildHeader
    let line: AtomLine
    let attempts: [AttemptLine]
    let hasAttempts: Bool
    /// The number of the shown run; nil for the newest.
    let attempt: String?
    let path: String
    let lines: String
    let isEmpty: Bool
    let isOver: Bool
    let range: String
    let total: String
    let firstPath: String?
    let previousPath: String?
    let nextPath: String?
    let lastPath: String?
    let isPaged: Bool
    let stream: String?
    let search: String?
    let result: SearchResult?

    /// The result of a search.
    package struct SearchResult: Sendable {
        let summary: String
        let matches: [Match]
        let morePath: String?
    }

    /// A matching line.
    package struct Match: Sendable {
        let number: String
        let path: String
        let text: String
    }

    /// Creates the page of some lines of an output.
    ///
    /// `offset` is the number of bytes that existed before the lines were read; nil when the output is complete.
    /// `found` are the matching lines, by number from 0, and the line where the search continues.
    package init(
        _ build: BuildRecord,
        live: BuildLive?,
        atom: FoundAtom,
        attempts: [AttemptRecord] = [],
        window: ConsoleWindow,
        choice: ConsoleChoice,
        offset: Int?,
        found: (lines: [(number: Int, text: String)], next: Int?)?,
        slaves: SlaveNames = SlaveNames(),
        now: Double
    ) {
        line = AtomLine(atom, slaves, now: now)
        title = "Output of \(line.name)"
        header = BuildHeader(build, live: live, part: nil, now: now)
        path = line.path
        attempt = choice.attempt.map(String.init)
        self.attempts = AttemptLine.list(atom.record, earlier: attempts, shown: choice.attempt, slaves, now: now)
        hasAttempts = !attempts.isEmpty
        lines = TerminalMarkup.items(window.text, first: window.first + 1)
        isEmpty = window.count == 0
        isOver = offset == nil
        let end = window.first + window.count
        range = window.count == 0 ? "0" : "\(grouped(window.first + 1))–\(grouped(end))"
        total = grouped(window.total)
        let (base, query) = (line.path, QueryString().with("attempt", choice.attempt.map(String.init)))
        func link(_ number: Int, if isThere: Bool) -> String? {
            isThere ? query.with("line", String(number)).after(base) : nil
        }
        firstPath = link(1, if: window.first > 0)
        previousPath = link(window.first, if: window.first > 0)
        nextPath = link(end + 1, if: end < window.total)
        lastPath = end < window.total ? "\(query.after(base))#end" : nil
        isPaged = window.first > 0 || end < window.total
        let console = "/v1/build/\(build.id)/subjob/\(line.subjob)/atom/\(line.id)/console"
        stream = choice.line == nil ? offset.map { "\(console)/stream?offset=\($0)" } : nil
        search = choice.search
        result = found.map { Self.result($0.lines, $0.next, choice, base) }
    }

    private static func result(
        _ lines: [(number: Int, text: String)],
        _ next: Int?,
        _ choice: ConsoleChoice,
        _ path: String
    ) -> SearchResult {
        let count = lines.count == 1 ? "1 line" : "\(grouped(lines.count)) lines"
        let begin = choice.searchFrom == 0 ? "" : " from line \(grouped(choice.searchFrom + 1)) on"
        let query = QueryString().with("attempt", choice.attempt.map(String.init)).with("search", choice.search)
        return SearchResult(
            summary: lines.isEmpty ? "No line\(begin) has this text" : "\(count)\(begin)",
            matches: lines.map { number, text in
                let place = query.with("line", String(number + 1)).after(path)
                return Match(
                    number: grouped(number + 1),
                    path: "\(place)#L\(number + 1)",
                    text: TerminalText.plain(text)
                )
            },
            morePath: next.map { query.with("from", String($0)).with("line", choice.line.map(String.init)).after(path) }
        )
    }
}
