import ClusterRunnerPlugin
import Foundation

/// An evaluator for the part of JSON Schema 2020-12 that the OpenAPI documents use.
///
/// A keyword that it does not know is a fault, so that no rule of a document is skipped in silence.
struct JSONSchema: Sendable {
    /// The schemas that references lead to, by name.
    let named: [String: JSONValue]

    private static let reference = "#/components/schemas/"
    private static let annotations: Set = ["description", "title", "default", "examples"]

    /// Returns the faults of a value under a schema, each with its place.
    func faults(in value: JSONValue, under schema: JSONValue, at place: String = "") -> [String] {
        guard let rules = schema.object else { return ["\(place): the schema is no object"] }
        return rules.sorted { $0.key < $1.key }.flatMap { keyword, rule -> [String] in
            guard !Self.annotations.contains(keyword) else { return [] }
            return faults(in: value, under: keyword, rule, of: rules, at: place)
        }
    }

    private func faults(
        in value: JSONValue,
        under keyword: String,
        _ rule: JSONValue,
        of rules: [String: JSONValue],
        at place: String
    ) -> [String] {
        switch keyword {
        case "$ref": return referred(rule, value, place)
        case "type": return fault(Self.types(rule).contains { value.isOfType($0) }, value, "is not \(rule)", place)
        case "const": return fault(value == rule, value, "is not \(rule)", place)
        case "enum": return fault(rule.array?.contains(value) == true, value, "is none of \(rule)", place)
        case "anyOf", "oneOf": return alternatives(keyword, rule, value, place)
        case "properties", "additionalProperties", "required", "maxProperties":
            return members(keyword, rule, of: rules, value, place)
        case "items":
            return Self.sample(of: value.array ?? []).flatMap { faults(in: $1, under: rule, at: "\(place)[\($0)]") }
        case "minItems":
            guard let elements = value.array, let least = rule.integer else { return [] }
            return fault(elements.count >= least, value, "has fewer than \(least) elements", place)
        case "minimum", "maximum": return bound(keyword, rule, value, place)
        case "pattern", "minLength", "format": return text(keyword, rule, value, place)
        default: return ["\(place): the keyword \(keyword) is unknown to this evaluator"]
        }
    }

    /// Returns the elements of a list that are checked, with their numbers: all of a short one, the ends of a long one.
    private static func sample(of elements: [JSONValue]) -> [(Int, JSONValue)] {
        let numbered = Array(elements.enumerated()).map { ($0, $1) }
        return numbered.count <= 200 ? numbered : Array(numbered.prefix(100) + numbered.suffix(100))
    }

    private static func types(_ rule: JSONValue) -> [String] {
        rule.string.map { [$0] } ?? rule.array?.compactMap(\.string) ?? []
    }

    private func fault(_ isRight: Bool, _ value: JSONValue, _ sentence: String, _ place: String) -> [String] {
        isRight ? [] : ["\(place): \(value) \(sentence)"]
    }

    private func referred(_ rule: JSONValue, _ value: JSONValue, _ place: String) -> [String] {
        let name = rule.string.flatMap { $0.hasPrefix(Self.reference) ? $0.dropFirst(Self.reference.count) : nil }
        guard let schema = name.flatMap({ named[String($0)] }) else { return ["\(place): \(rule) leads nowhere"] }
        return faults(in: value, under: schema, at: place)
    }

    private func alternatives(_ keyword: String, _ rule: JSONValue, _ value: JSONValue, _ place: String) -> [String] {
        let results = (rule.array ?? []).map { faults(in: value, under: $0, at: place) }
        let matches = results.count(where: \.isEmpty)
        guard matches == 0 || keyword == "oneOf" && matches > 1 else { return [] }
        return ["\(place): \(matches) schemas of \(keyword) match: \(results.joined().joined(separator: "; "))"]
    }
}

// MARK: Objects, numbers, texts

extension JSONSchema {
    private func members(
        _ keyword: String,
        _ rule: JSONValue,
        of rules: [String: JSONValue],
        _ value: JSONValue,
        _ place: String
    ) -> [String] {
        guard let members = value.object else { return [] }
        let declared = rules["properties"]?.object ?? [:]
        switch keyword {
        case "required":
            return (rule.array ?? []).compactMap(\.string).filter { members[$0] == nil }
                .map { "\(place): \"\($0)\" is missing" }
        case "maxProperties":
            return fault(members.count <= rule.integer ?? 0, value, "has more than \(rule) members", place)
        case "properties":
            return members.flatMap { name, member in
                declared[name].map { faults(in: member, under: $0, at: "\(place).\(name)") } ?? []
            }
        default:
            return members.filter { declared[$0.key] == nil }.flatMap { name, member in
                rule == false
                    ? ["\(place): \"\(name)\" is not described"]
                    : faults(in: member, under: rule, at: "\(place).\(name)")
            }
        }
    }

    private func bound(_ keyword: String, _ rule: JSONValue, _ value: JSONValue, _ place: String) -> [String] {
        guard let number = value.double, let bound = rule.double else { return [] }
        let isWithin = keyword == "minimum" ? number >= bound : number <= bound
        return fault(isWithin, value, "exceeds the \(keyword) \(rule)", place)
    }

    private func text(_ keyword: String, _ rule: JSONValue, _ value: JSONValue, _ place: String) -> [String] {
        guard let text = value.string else { return [] }
        switch (keyword, rule) {
        case ("pattern", .string(let pattern)):
            let isMatch = text.range(of: pattern, options: .regularExpression) != nil
            return fault(isMatch, value, "does not match \(pattern)", place)
        case ("minLength", .integer(let length)):
            return fault(text.count >= length, value, "is shorter than \(length)", place)
        case ("format", "uuid"):
            return fault(UUID(uuidString: text) != nil, value, "is no UUID", place)
        default:
            return ["\(place): \(keyword) \(rule) is unknown to this evaluator"]
        }
    }
}

extension JSONValue {
    fileprivate var double: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .number(let number): number
        default: nil
        }
    }

    fileprivate func isOfType(_ type: String) -> Bool {
        switch (type, self) {
        case ("null", .null), ("boolean", .bool), ("integer", .integer), ("number", .integer), ("number", .number),
            ("string", .string), ("array", .array), ("object", .object):
            true
        case ("integer", .number(let number)): number == number.rounded()
        default: false
        }
    }
}
