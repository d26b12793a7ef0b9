import ClusterRunnerDomain
import Foundation
import FoundationXML

/// A reader of JUnit's XML, event by event.
final class JUnitReader: NSObject, XMLParserDelegate {
    private let limits: ReportLimits
    private var cases: [TestCase] = []
    private var fault: ReportFault?
    /// The open suites, the innermost last.
    private var suites: [Suite] = []
    private var current: OpenCase?
    /// The words of the open element of a failure, or the like.
    private var words: Words?
    /// The text of that element, or of the element in it.
    private var text = ""
    /// The element in that element, with the text before it.
    private var inner: (name: String, textBefore: String)?
    /// The names of the open elements.
    private var open: [String] = []
    private var hasRoot = false

    /// An open suite.
    private struct Suite {
        let name: String?
        let file: String?
    }

    private init(_ limits: ReportLimits) {
        self.limits = limits
    }

    /// Reads all cases of a document.
    static func cases(in source: XMLSource, limits: ReportLimits) throws(ReportFault) -> [TestCase] {
        let reader = JUnitReader(limits)
        let parser = XMLParser(data: Data(source.bytes))
        parser.shouldResolveExternalEntities = false
        parser.delegate = reader
        // Its answer is true for broken documents, too: faults come to `parseErrorOccurred`.
        _ = parser.parse()
        if let fault = reader.fault { throw fault }
        // Without a root, and at an end within an element, there may be no error.
        if let element = reader.open.last { throw reader.end(within: element) }
        guard reader.hasRoot else { throw reader.incomplete(parser) }
        return reader.cases
    }

    func parser(
        _ parser: XMLParser,
        didStartElement element: String,
        namespaceURI: String?,
        qualifiedName: String?,
        attributes: [String: String]
    ) {
        guard fault == nil else { return }
        open.append(element)
        hasRoot = true
        if open.count > limits.depth { return stop(parser, "it has more than \(limits.depth) elements in each other") }
        if open.count == 1, element != "testsuites", element != "testsuite" {
            return stop(parser, "its root is <\(element.prefix(60))>, not <testsuites> or <testsuite>")
        }
        switch element {
        case "testsuite": suites.append(Suite(name: attributes["name"], file: attributes["file"]))
        case "testcase" where current == nil:
            if cases.count == limits.cases { return stop(parser, "it has more than \(limits.cases) cases") }
            current = OpenCase(attributes, suite: suites.last?.name, file: suites.last { $0.file != nil }?.file)
        default: openWords(element, attributes)
        }
    }

    private func openWords(_ element: String, _ attributes: [String: String]) {
        if words != nil {
            if inner == nil { (inner, text) = ((element, text), "") }
        } else if let kind = Words.Kind(rawValue: element), current != nil {
            words = Words(kind: kind, message: attributes["message"], type: attributes["type"])
            text = ""
        }
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) {
        if words != nil { text += string }
    }

    func parser(_ parser: XMLParser, foundCDATA block: Data) {
        if words != nil { text += String(decoding: block, as: UTF8.self) }
    }

    func parser(_ parser: XMLParser, didEndElement element: String, namespaceURI: String?, qualifiedName: String?) {
        _ = open.popLast()
        if element == "testsuite" { _ = suites.popLast() }
        if element == "testcase", let closed = current, words == nil {
            cases.append(closed.testCase)
            current = nil
        }
        guard let known = words else { return }
        if let inner {
            guard element == inner.name else { return }
            // The output of the test stands here, too, and is not of the failure.
            if element == "stackTrace" { words?.stack = text }
            (text, self.inner) = (inner.textBefore, nil)
        } else if element == known.kind.rawValue {
            current?.add(known, text: text)
            words = nil
        }
    }

    func parser(_ parser: XMLParser, parseErrorOccurred error: any Error) {
        let code = (error as NSError).code
        // The first error says most. The prefixes of names do not matter.
        guard fault == nil, !Self.prefixCodes.contains(code) else { return }
        if Self.endCodes.contains(code), let element = open.last {
            fault = end(within: element)
        } else {
            fault = incomplete(parser)
        }
    }

    /// The numbers of libxml2 for a document that ends too early: anywhere, in an attribute, a comment, CDATA or a tag.
    private static let endCodes: Set = [5, 40, 45, 63, 77]
    /// Its numbers for namespaces that are not declared, or are declared strangely.
    private static let prefixCodes = Set(97...100).union(200...205)

    private func end(within element: String) -> ReportFault { ReportFault("it ends within <\(element.prefix(60))>") }

    private func incomplete(_ parser: XMLParser) -> ReportFault {
        let (line, column) = (max(1, parser.lineNumber), max(1, parser.columnNumber))
        return ReportFault("it is no complete XML: line \(line), column \(column)")
    }

    private func stop(_ parser: XMLParser, _ reason: String) {
        fault = fault ?? ReportFault(reason)
        parser.abortParsing()
    }
}

/// The words of an element about a failure, a case that did not run, or the output of a case.
private struct Words {
    let kind: Kind
    let message: String?
    let type: String?
    /// The text of `stackTrace`, which Maven Surefire has for runs that do not count.
    var stack: String?

    enum Kind: String {
        case failure, error, skipped, rerunFailure, rerunError, flakyFailure, flakyError
        case output = "system-out"
    }

    func failure(text: String) -> CaseFailure {
        let details = (stack ?? text).trimmingCharacters(in: .whitespacesAndNewlines)
        // Without an attribute, the first line of the text says most.
        let given = message?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
        let message = given.isEmpty ? details.split(whereSeparator: \.isNewline).first.map(String.init) : given
        return CaseFailure(message: message, type: type, text: details.isEmpty || details == message ? nil : details)
    }
}

/// A test case whose element is open.
private struct OpenCase {
    private let attributes: [String: String]
    private let suite: String?
    private let suiteFile: String?
    private var outcome: CaseOutcome?
    private var failure: CaseFailure?
    private var others: [CaseFailure] = []
    private var isFlaky = false
    /// Whether the case may fail, as those with a `todo` of Node may.
    private var mayFail = false
    /// The beginning of its output.
    private var output: String?

    init(_ attributes: [String: String], suite: String?, file: String?) {
        self.attributes = attributes
        self.suite = suite
        suiteFile = file
    }

    mutating func add(_ words: Words, text: String) {
        let failure = words.failure(text: text)
        switch words.kind {
        case .failure: settle(.failed, failure)
        case .error: settle(.error, failure)
        case .skipped: skip(failure)
        case .output: output = output ?? failure.text ?? failure.message
        case .flakyFailure, .flakyError:
            isFlaky = true
            others.append(failure)
        case .rerunFailure, .rerunError: others.append(failure)
        }
    }

    private mutating func skip(_ words: CaseFailure) {
        guard outcome == nil else { return }
        (outcome, failure) = (couldNotRun(words) ? .error : .skipped, words)
        mayFail = words.type == "todo"
    }

    /// Whether CTest could not run the test, which it counts as a failure and writes as it does a skipped one.
    private func couldNotRun(_ words: CaseFailure) -> Bool {
        guard attributes["status"] == "notrun", let message = words.message else { return false }
        return ["Unable to find executable", "Fixture dependency failed", "Required Files Missing"].contains(message)
    }

    /// Adds a failure; of several the first one has the message, and all have their details.
    private mutating func settle(_ kind: CaseOutcome, _ words: CaseFailure) {
        if mayFail { return }
        guard let known = failure, outcome?.isFailure == true else {
            (outcome, failure) = (kind, words)
            return
        }
        if kind == .failed { outcome = .failed }
        let texts = [known.text ?? known.message, words.text ?? words.message].compactMap { $0 }
        failure?.text = texts.joined(separator: "\n\n")
    }

    var testCase: TestCase {
        TestCase(
            name: Self.filled(attributes["name"]) ?? "(no name)",
            className: className,
            file: Self.filled(attributes["file"]) ?? Self.filled(attributes["filepath"]) ?? Self.filled(suiteFile),
            seconds: Self.seconds(attributes["time"]),
            outcome: outcome ?? (didNotRun ? .skipped : isFlaky ? .flaky : .passed),
            failure: outcome?.isFailure == true ? failure.map(withOutput) : failure,
            otherFailures: others
        )
    }

    private var className: String? {
        let name = Self.filled(attributes["classname"]) ?? Self.filled(attributes["class"])
        // Node has this one for all tests.
        return name == "test" ? Self.filled(suite) ?? name : name ?? Self.filled(suite)
    }

    /// Adds the output to a failure without words of its own, as CTest has it.
    private func withOutput(_ failure: CaseFailure) -> CaseFailure {
        guard failure.message == nil, failure.text == nil, let output else { return failure }
        return CaseFailure(message: output.split(whereSeparator: \.isNewline).first.map(String.init), text: output)
    }

    /// Whether an attribute says that the case did not run, as those of CTest and GoogleTest do.
    private var didNotRun: Bool {
        let words = [attributes["status"], attributes["result"]].compactMap { $0?.lowercased() }
        return words.contains { ["notrun", "disabled", "skipped", "ignored", "suppressed", "pending"].contains($0) }
    }

    private static func filled(_ text: String?) -> String? { text?.isEmpty == false ? text : nil }

    /// Reads a time, which Maven Surefire writes as 1,234.5.
    private static func seconds(_ text: String?) -> Double? {
        guard let text, let number = Double(text.replacing(",", with: "")), number.isFinite else { return nil }
        return min(max(0, number), 1e9)
    }
}
