import ClusterRunnerFiles
import ClusterRunnerPlugin
import ClusterRunnerWire

/// A value of a key.
package enum ConfigurationValue: Sendable, Equatable {
    case string(String)
    case integer(Int)
    case seconds(Double)
    case boolean(Bool)
    case list([String])
    case secret(Secret)
    /// No value, set by an entry.
    case unset
}

extension ConfigurationKey {
    /// Reads a value of this key.
    func read(_ value: INIValue, roots: Kind.Roots) throws(Kind.Misfit) -> ConfigurationValue {
        if isOptional, value.text == "None" { return .unset }
        return try kind.read(value, roots: roots)
    }
}

extension ConfigurationKey.Kind {
    /// The mismatch of a value and its kind.
    struct Misfit: Error {
        /// The rest of a sentence that begins with the key.
        let predicate: String
    }

    /// The roots of relative paths and home paths.
    struct Roots {
        /// The directory of `~`.
        let home: String
        /// The root of relative paths; nil refuses them.
        var current: String?
    }

    /// Reads a value of this kind.
    func read(_ value: INIValue, roots: Roots) throws(Misfit) -> ConfigurationValue {
        if case .hosts = self { return .list(try Self.hosts(value.elements)) }
        guard let text = value.text else {
            throw Misfit(predicate: "takes one value, not a list; quote the whole of it")
        }
        if case .secret = self { return .secret(try Self.secret(text)) }
        guard !text.isEmpty else {
            throw Misfit(predicate: "has no value; give one, or remove the line to have the default")
        }
        return try read(text, roots: roots)
    }

    private func read(_ text: String, roots: Roots) throws(Misfit) -> ConfigurationValue {
        let text = try Self.inUTF8(text, isPath: self == .path)
        return switch self {
        case .integer(let range): .integer(try Self.integer(text, range))
        case .seconds(let range): .seconds(try Self.seconds(text, range))
        case .boolean: .boolean(try Self.boolean(text))
        case .choice(let choices): .string(try Self.choice(text, choices))
        case .host: .string(try Self.host(text))
        case .pattern: .string(try Self.pattern(text))
        case .path: .string(try Self.path(text, roots: roots))
        case .pathBelowBase: .string(Self.expanded(text, roots: roots))
        case .outputBelowBase: .string(Self.output(text, roots: roots))
        case .string, .hosts, .secret: .string(text)
        }
    }
}

extension ConfigurationKey.Kind {
    private static func integer(_ text: String, _ range: ClosedRange<Int>) throws(Misfit) -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw Misfit(
                predicate: "must be a whole number from \(range.lowerBound) to \(range.upperBound), not \"\(text)\""
            )
        }
        return number
    }

    private static func seconds(_ text: String, _ range: ClosedRange<Double>) throws(Misfit) -> Double {
        // Only digits and a point: Double also accepts "nan", "1e3" and "0x10", which are mistakes here.
        guard text.allSatisfy({ $0.isASCII && $0.isNumber || $0 == "." }), let number = Double(text),
            range.contains(number)
        else {
            throw Misfit(
                predicate:
                    "must be a number of seconds from \(range.lowerBound) to \(range.upperBound), not \"\(text)\""
            )
        }
        return number
    }

    private static func boolean(_ text: String) throws(Misfit) -> Bool {
        switch text.lowercased() {
        case "true", "yes", "on", "1": return true
        case "false", "no", "off", "0": return false
        default: throw Misfit(predicate: "must be True or False, not \"\(text)\"")
        }
    }

    private static func choice(_ text: String, _ choices: [String]) throws(Misfit) -> String {
        guard let choice = choices.first(where: { $0.lowercased() == text.lowercased() }) else {
            throw Misfit(predicate: "must be one of \(choices.joined(separator: ", ")), not \"\(text)\"")
        }
        return choice
    }

    private static func host(_ text: String) throws(Misfit) -> String {
        // IPv6 addresses are written with and without brackets; they are stored without.
        let isBracketed = text.hasPrefix("[") && text.hasSuffix("]")
        let name = isBracketed ? String(text.dropFirst().dropLast()) : text
        let hasPort = name.contains(":") && !HostText.isIPv6Address(name)
        guard !name.isEmpty, !hasPort, !name.contains(where: { $0.isWhitespace || "/[]".contains($0) }) else {
            throw Misfit(predicate: "must be a host name or an address without a port, not \"\(text)\"")
        }
        return name
    }

    private static func hosts(_ elements: [String]) throws(Misfit) -> [String] {
        for element in elements where element.isEmpty || element.contains(where: { $0.isWhitespace || $0 == "/" }) {
            throw Misfit(predicate: "must be host names separated by commas, but one of them is \"\(element)\"")
        }
        return elements
    }

    private static func pattern(_ text: String) throws(Misfit) -> String {
        do {
            _ = try Regex(text)
            return text
        } catch {
            throw Misfit(predicate: "must be a regular expression, but \"\(text)\" is none: \(clause: error)")
        }
    }

    /// Returns a text in UTF-8: other bytes are refused, except for paths, which get an alias.
    private static func inUTF8(_ text: String, isPath: Bool) throws(Misfit) -> String {
        guard ArgumentBytes.isMarked(text) else { return text }
        let bytes = ArgumentBytes.bytes(of: text)
        guard isPath, bytes.isAbsolute else { throw Misfit(predicate: "must be UTF-8, unlike \"\(bytes)\"") }
        do {
            return try PathAlias.text(of: bytes)
        } catch {
            throw Misfit(predicate: "cannot be used: \(clause: (error as? ClusterRunnerError)?.message ?? "\(error)")")
        }
    }

    private static func path(_ text: String, roots: Roots) throws(Misfit) -> String {
        let path = expanded(text, roots: roots)
        guard path.hasPrefix("/") else {
            throw Misfit(predicate: "must be an absolute path or begin with ~/, unlike \"\(text)\"")
        }
        // One spelling, so that two settings of one directory compare equal.
        return "/" + path.split(separator: "/").joined(separator: "/")
    }

    private static func output(_ text: String, roots: Roots) -> String {
        let standardOutput = EventLogPlace.standardOutputName
        return text.uppercased() == standardOutput ? standardOutput : expanded(text, roots: roots)
    }

    private static func expanded(_ text: String, roots: Roots) -> String {
        if text == "~" { return roots.home }
        if text.hasPrefix("~/") { return roots.home + text.dropFirst() }
        guard !text.hasPrefix("/"), let current = roots.current else { return text }
        return current + "/" + text
    }

    private static func secret(_ text: String) throws(Misfit) -> Secret {
        guard text != "None" else {
            throw Misfit(predicate: "cannot be None, because it is required; remove the line to generate one")
        }
        do throws(ClusterRunnerError) {
            return try Secret(text)
        } catch {
            // Only the length may be revealed.
            throw Misfit(predicate: "must have at least \(Secret.minimumLength) characters, not \(text.count)")
        }
    }
}
