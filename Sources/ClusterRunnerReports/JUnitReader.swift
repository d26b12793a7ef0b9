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
        let isComplete = parser.parse()
        if let fault = reader.fault { throw fault }
        // The parser takes an end within an element for an end.
        if isComplete, let element = reader.open.last { throw ReportFault("it ends within <\(element.prefix(60))>") }
        guard isComplete else {
            throw ReportFault("it is no complete XML: line \(parser.lineNumber), column \(parser.columnNumber)")
        }
        return reader.cases
    }

    func parser(
        _ parser: XMLParser,
        didStartElement element: String,
        namespaceURI: String?,
        qualifiedName: String?,
        attributes: [String: String]
    ) {
        open.append(element)
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

    private func stop(_ parser: XMLParser, _ reason: String) {
        fault = ReportFault(reason)
        parser.abortParsing()
    }
}

/// The words of an element about a failure, or a case that did not run.
private struct Words {
    let kind: Kind
    let message: String?
    let type: String?
    /// The text of `stackTrace`, which Maven Surefire has for runs that do not count.
    var stack: String?

    enum Kind: String {
        case failure, error, skipped, rerunFailure, rerunError, flakyFailure, flakyError
    }

    func failure(text: String) -> CaseFailure {
        let details = (stack ?? text).trimmingCharacters(in: .whitespacesAndNewlines)
        // Without an attribute, the first line of the text says most.
        let message = message ?? details.split(whereSeparator: \.isNewline).first.map(String.init)
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
        case .skipped: if outcome == nil { (outcome, self.failure) = (.skipped, failure) }
        case .flakyFailure, .flakyError:
            isFlaky = true
            others.append(failure)
        case .rerunFailure, .rerunError: others.append(failure)
        }
    }

    /// Adds a failure; of several the first one has the message, and all have their details.
    private mutating func settle(_ kind: CaseOutcome, _ words: CaseFailure) {
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
            name: attributes["name"] ?? "",
            className: Self.filled(attributes["classname"]) ?? Self.filled(attributes["class"]) ?? Self.filled(suite),
            file: Self.filled(attributes["file"]) ?? Self.filled(attributes["filepath"]) ?? Self.filled(suiteFile),
            seconds: Self.seconds(attributes["time"]),
            outcome: outcome ?? (didNotRun ? .skipped : isFlaky ? .flaky : .passed),
            failure: failure,
            otherFailures: others
        )
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
