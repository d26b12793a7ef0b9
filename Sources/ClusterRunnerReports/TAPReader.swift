import ClusterRunnerDomain

/// A reader of the Test Anything Protocol, versions 12 to 14, line by line.
///
/// See <https://testanything.org>. A test with subtests is no case of its own unless it failed and none of them did. Its
/// name is the class of its subtests.
struct TAPReader {
    private var cases: [TestCase] = []
    private var levels: [Int: Level] = [:]
    private var diagnostic: Diagnostic?
    private var bailedOut = false

    /// A list of tests in the output, at one indentation.
    private struct Level {
        /// The first case of it and of its subtests.
        var start: Int
        var tests = 0
        var plan: Int?
    }

    /// The lines about the last test, between `---` and `...`.
    private struct Diagnostic {
        let indentation: Int
        var lines: [Substring] = []
    }

    /// Number of cases so far.
    var count: Int { cases.count }

    /// Reads a line.
    mutating func read(_ line: Substring) {
        let indentation = line.prefix { $0 == " " }.count
        let content = line.dropFirst(indentation)
        if var open = diagnostic {
            if content == "...", indentation == open.indentation { return close(open) }
            open.lines.append(line.dropFirst(min(indentation, open.indentation)))
            diagnostic = open
            return
        }
        if content == "---", indentation > 0, !cases.isEmpty {
            return diagnostic = Diagnostic(indentation: indentation)
        }
        // Regular expressions are slow, and most lines are of something else.
        if content.hasPrefix("ok") || content.hasPrefix("not ok"),
            let match = content.wholeMatch(of: /(not )?ok\b(?:\s+(\d+))?(?:\s+-)?(?:\s*(.*))?/)
        {
            return add(isOK: match.1 == nil, number: match.2, name: match.3.map { String($0) } ?? "", indentation)
        }
        if content.hasPrefix("1.."), let match = content.wholeMatch(of: /1\.\.(\d+)(?:\s*#\s*(.*))?\s*/) {
            return plan(Int(match.1) ?? 0, reason: match.2.map(String.init), indentation)
        }
        if content.hasPrefix("Bail out!"), indentation == 0 {
            return bailOut(content.dropFirst(9).trimmingPrefix { $0 == " " }.description)
        }
        if content.hasPrefix("#") { comment(content.dropFirst(), indentation) }
    }

    private mutating func add(isOK: Bool, number: Substring?, name text: String, _ indentation: Int) {
        var level = levels[indentation] ?? newLevel(indentation)
        level.tests += 1
        levels[indentation] = level
        let (name, directive) = Self.parts(of: text)
        let title = name.isEmpty ? "test \(number.map(String.init) ?? String(level.tests))" : name
        // Subtests come before the line of their test.
        if let inner = levels.keys.filter({ $0 > indentation }).min(), let subtests = levels[inner] {
            finish(subtests, of: title)
            for key in levels.keys where key > indentation { levels[key] = nil }
            let own = cases[subtests.start...]
            for index in own.indices where cases[index].className == nil { cases[index].className = title }
            if own.contains(where: \.outcome.isFailure) || isOK, !own.isEmpty { return }
        }
        var each = TestCase(name: title, outcome: isOK ? .passed : .failed)
        switch directive {
        case .skip(let reason)?: (each.outcome, each.failure) = (.skipped, CaseFailure(message: reason))
        // A failure that is expected.
        case .todo(let reason)? where !isOK: (each.outcome, each.failure) = (.skipped, CaseFailure(message: reason))
        case .todo?, nil: break
        }
        cases.append(each)
    }

    /// Begins a list, to which the lists before it belong that are deeper.
    private func newLevel(_ indentation: Int) -> Level {
        let deeper = levels.lazy.filter { $0.key > indentation }.map(\.value.start).min()
        return Level(start: deeper ?? cases.count)
    }

    private enum Directive {
        case skip(String)
        case todo(String)
    }

    /// Splits the text of a test into its name and its directive, which stands behind a `#` that is not escaped.
    private static func parts(of text: String) -> (name: String, Directive?) {
        guard let match = text.firstMatch(of: /(^|[^\\])#\s*((?i:skip|todo))\w*:?\s*(.*)$/) else {
            return (plain(text), nil)
        }
        let reason = match.3.isEmpty ? "no reason is given" : String(match.3)
        let isSkip = match.2.lowercased() == "skip"
        return (plain(text[..<match.range.lowerBound] + match.1), isSkip ? .skip(reason) : .todo(reason))
    }

    private static func plain(_ text: some StringProtocol) -> String {
        String(text).replacing("\\#", with: "#").replacing(/^\s+|\s+$/, with: "")
    }

    private mutating func plan(_ tests: Int, reason: String?, _ indentation: Int) {
        var level = levels[indentation] ?? newLevel(indentation)
        level.plan = tests
        levels[indentation] = level
        guard tests == 0, level.tests == 0 else { return }
        let words = reason.map { $0.replacing(/(?i)^skip\w*:?\s*/, with: "") } ?? ""
        cases.append(TestCase(name: "all tests", outcome: .skipped, failure: CaseFailure(message: words)))
    }

    private mutating func bailOut(_ reason: String) {
        bailedOut = true
        let message = reason.isEmpty ? "The tests were given up." : reason
        cases.append(TestCase(name: "Bail out!", outcome: .error, failure: CaseFailure(message: message)))
    }

    private mutating func comment(_ text: Substring, _ indentation: Int) {
        guard let last = cases.indices.last, cases[last].outcome == .failed, !text.hasPrefix(" Subtest") else { return }
        append(String(text.first == " " ? text.dropFirst() : text))
    }

    private mutating func close(_ open: Diagnostic) {
        diagnostic = nil
        guard let last = cases.indices.last, cases[last].outcome == .failed else { return }
        for line in open.lines { append(String(line)) }
        if let message = Self.message(in: open.lines) { cases[last].failure?.message = message }
    }

    /// Returns the message of a diagnostic; nil when it has none.
    private static func message(in lines: [Substring]) -> String? {
        for (index, line) in lines.enumerated() {
            guard let match = line.wholeMatch(of: /\s*(?:message|error):\s*['"]?(.*?)['"]?\s*/) else { continue }
            // A block begins in the next line.
            let isBlock = ["|", "|-", ">", ">-"].contains(match.1)
            let text = (isBlock ? lines.dropFirst(index + 1).first ?? "" : match.1).replacing(/^\s+|\s+$/, with: "")
            return text.isEmpty ? nil : String(text)
        }
        return nil
    }

    private mutating func append(_ line: String) {
        guard let last = cases.indices.last else { return }
        var words = cases[last].failure ?? CaseFailure()
        if words.message == nil, !line.allSatisfy(\.isWhitespace) {
            words.message = line.replacing(/^\s+|\s+$/, with: "")
        }
        words.text = words.text.map { "\($0)\n\(line)" } ?? line
        cases[last].failure = words
    }

    /// Ends a list: fewer tests than planned are a failure.
    private mutating func finish(_ level: Level, of name: String?) {
        guard let plan = level.plan, plan != level.tests, plan > 0, !bailedOut else { return }
        let words = CaseFailure(message: "The plan names \(plan) tests, and \(level.tests) ran.")
        cases.append(TestCase(name: "plan", className: name, outcome: .error, failure: words))
    }

    /// Returns all cases.
    mutating func finish() throws(ReportFault) -> [TestCase] {
        guard !levels.isEmpty || bailedOut else { throw ReportFault("it has neither a plan nor a test") }
        if let level = levels[0] { finish(level, of: nil) }
        if let level = levels[0], level.plan == nil, !bailedOut {
            let words = CaseFailure(message: "There is no plan, so the tests may not have come to their end.")
            cases.append(TestCase(name: "plan", outcome: .error, failure: words))
        }
        return cases
    }
}
