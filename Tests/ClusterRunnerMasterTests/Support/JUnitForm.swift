import Foundation
import FoundationXML

/// The rules of JUnit's XML, from the schema of Jenkins; the readers of GitLab and GitHub accept less.
///
/// They cover the nesting and order of elements, the required and allowed attributes, and their types.
final class JUnitForm: NSObject, XMLParserDelegate {
    private enum Kind {
        case text, count, seconds, dateTime
    }

    private struct Rule {
        var required: [String: Kind] = [:]
        var optional: [String: Kind] = [:]
        /// The elements inside, in their order.
        var children: [String] = []
    }

    private static let counts: [String: Kind] = ["failures": .count, "errors": .count, "disabled": .count]
    /// The element of a run that does not count, as in Maven Surefire.
    private static let rerun = Rule(
        required: ["type": .text],
        optional: ["message": .text],
        children: ["stackTrace", "system-out", "system-err"]
    )
    private static let rules: [String: Rule] = [
        "testsuites": Rule(
            optional: counts.merging(["name": .text, "time": .seconds, "tests": .count]) { $1 },
            children: ["testsuite"]
        ),
        "testsuite": Rule(
            required: ["name": .text, "tests": .count],
            optional: counts.merging(
                [
                    "time": .seconds, "skipped": .count, "timestamp": .dateTime, "hostname": .text, "id": .text,
                    "package": .text,
                ]
            ) { $1 },
            children: ["properties", "testcase", "system-out", "system-err"]
        ),
        "testcase": Rule(
            required: ["name": .text],
            optional: ["classname": .text, "time": .seconds, "status": .text, "assertions": .count],
            children: ["skipped", "error", "failure", "rerunFailure", "flakyFailure", "system-out", "system-err"]
        ),
        "properties": Rule(), "skipped": Rule(optional: ["message": .text, "type": .text]),
        "failure": Rule(optional: ["message": .text, "type": .text]),
        "error": Rule(optional: ["message": .text, "type": .text]),
        "rerunFailure": rerun, "flakyFailure": rerun, "stackTrace": Rule(),
        "system-out": Rule(), "system-err": Rule(),
    ]

    private var faults: [String] = []
    private var open: [(name: String, last: Int)] = []
    /// The number of elements of each name.
    private(set) var elements: [String: Int] = [:]
    /// The attributes of the suite.
    private(set) var suite: [String: String] = [:]

    /// Returns all errors of a document.
    static func check(_ xml: [UInt8]) -> (faults: [String], form: JUnitForm) {
        let form = JUnitForm()
        let parser = XMLParser(data: Data(xml))
        parser.delegate = form
        if !parser.parse() { form.faults.append("It is no XML: line \(parser.lineNumber)") }
        return (form.faults, form)
    }

    func parser(
        _ parser: XMLParser,
        didStartElement name: String,
        namespaceURI: String?,
        qualifiedName: String?,
        attributes: [String: String]
    ) {
        elements[name, default: 0] += 1
        if name == "testsuite" { suite = attributes }
        checkPlace(of: name)
        open.append((name, 0))
        guard let rule = Self.rules[name] else { return faults.append("<\(name)> is unknown") }
        for key in rule.required.keys where attributes[key] == nil { faults.append("<\(name)> has no \(key)") }
        for (key, value) in attributes {
            guard let kind = rule.required[key] ?? rule.optional[key] else {
                faults.append("<\(name)> may not have \(key)")
                continue
            }
            if !Self.is(value, kind) { faults.append("\(key)=\"\(value)\" of <\(name)> is no \(kind)") }
        }
    }

    func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
        open.removeLast()
    }

    private func checkPlace(of name: String) {
        guard let parent = open.last else {
            if name != "testsuites" { faults.append("The root is <\(name)>") }
            return
        }
        guard let place = Self.rules[parent.name]?.children.firstIndex(of: name) else {
            return faults.append("<\(name)> stands in <\(parent.name)>")
        }
        if place < parent.last { faults.append("<\(name)> comes too late in <\(parent.name)>") }
        open[open.count - 1].last = place
    }

    private static func `is`(_ value: String, _ kind: Kind) -> Bool {
        switch kind {
        case .text: true
        case .count: value.wholeMatch(of: /[0-9]+/) != nil
        case .seconds: value.wholeMatch(of: /[0-9]+(\.[0-9]+)?/) != nil
        case .dateTime: value.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/) != nil
        }
    }
}
