import ClusterRunnerFiles
import ClusterRunnerPlugin
import ClusterRunnerWire

/// The type of a setting: how the sources write its values, and which values of Swift they are.
struct SettingType<Value: Sendable>: Sendable {
    typealias Roots = ConfigurationKey.Roots
    typealias Misfit = ConfigurationKey.Misfit

    /// The values, as errors name them: "a whole number from 0 to 65535".
    let expectation: String
    /// Writes a value as the file would.
    let write: @Sendable (Value) -> String
    /// Reads an entry of a source.
    let read: @Sendable (INIValue, Roots) throws(Misfit) -> Value

    private init(
        _ expectation: String,
        write: @escaping @Sendable (Value) -> String,
        read: @escaping @Sendable (INIValue, Roots) throws(Misfit) -> Value
    ) {
        self.expectation = expectation
        self.write = write
        self.read = read
    }

    /// A type whose values are one text each, which is not empty.
    private init(
        _ expectation: String,
        isPath: Bool = false,
        write: @escaping @Sendable (Value) -> String,
        parse: @escaping @Sendable (String, Roots) throws(Misfit) -> Value
    ) {
        self.init(expectation, write: write) { (value, roots) throws(Misfit) in
            let text = try value.single()
            guard !text.isEmpty else {
                throw Misfit(predicate: "has no value; give one, or remove the line to have the default")
            }
            return try parse(text.inUTF8(isPath: isPath), roots)
        }
    }

    /// One of a few values, written in upper or lower case.
    static func choice(_ values: [Value], named name: @escaping @Sendable (Value) -> String) -> Self {
        let expectation = "one of \(values.map(name).joined(separator: ", "))"
        return Self(expectation, write: name) { (text, _) throws(Misfit) in
            guard let value = values.first(where: { name($0).lowercased() == text.lowercased() }) else {
                throw Misfit(predicate: "must be \(expectation), not \"\(text)\"")
            }
            return value
        }
    }
}

extension SettingType<Int> {
    /// A whole number.
    static func integer(_ range: ClosedRange<Int>) -> Self {
        let expectation = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        return Self(expectation, write: { String($0) }) { (text, _) throws(Misfit) in
            guard let number = Int(text), range.contains(number) else {
                throw Misfit(predicate: "must be \(expectation), not \"\(text)\"")
            }
            return number
        }
    }

    /// A port to listen on, which the system chooses for 0.
    static var port: Self { .integer(0...65_535) }
}

extension SettingType<Duration> {
    /// A time of up to a day, in seconds.
    static var time: Self {
        let range = 0.1...86_400
        let expectation = "a number of seconds from \(range.lowerBound) to \(range.upperBound)"
        return Self(expectation, write: Self.seconds) { (text, _) throws(Misfit) in
            // Only digits and a point: Double also reads "nan", "1e3" and "0x10", which nobody means here.
            guard text.allSatisfy({ $0.isASCII && $0.isNumber || $0 == "." }), let number = Double(text),
                range.contains(number)
            else {
                throw Misfit(predicate: "must be \(expectation), not \"\(text)\"")
            }
            return .seconds(number)
        }
    }

    @Sendable private static func seconds(_ time: Duration) -> String {
        let seconds = time / .seconds(1)
        return seconds == seconds.rounded() ? String(Int(seconds)) : String(seconds)
    }
}

extension SettingType<Bool> {
    static var boolean: Self {
        Self("True or False", write: { $0 ? "True" : "False" }) { (text, _) throws(Misfit) in
            switch text.lowercased() {
            case "true", "yes", "on", "1": true
            case "false", "no", "off", "0": false
            default: throw Misfit(predicate: "must be True or False, not \"\(text)\"")
            }
        }
    }
}

extension SettingType<String> {
    /// Any text.
    static var text: Self { Self("a text", write: { $0 }) { (text, _) throws(Misfit) in text } }

    /// A host name or address, without a port.
    static var host: Self {
        let expectation = "a host name or an address without a port"
        return Self(expectation, write: { $0 }) { (text, _) throws(Misfit) in
            // IPv6 addresses are written with and without brackets; what needs them adds them.
            let isBracketed = text.hasPrefix("[") && text.hasSuffix("]")
            let name = isBracketed ? String(text.dropFirst().dropLast()) : text
            let hasPort = name.contains(":") && !HostText.isIPv6Address(name)
            guard !name.isEmpty, !hasPort, !name.contains(where: { $0.isWhitespace || "/[]".contains($0) }) else {
                throw Misfit(predicate: "must be \(expectation), not \"\(text)\"")
            }
            return name
        }
    }

    /// A regular expression.
    static var pattern: Self {
        Self("a regular expression", write: { $0 }) { (text, _) throws(Misfit) in
            do {
                _ = try Regex(text)
                return text
            } catch {
                throw Misfit(predicate: "must be a regular expression, but \"\(text)\" is none: \(clause: error)")
            }
        }
    }

    /// An absolute path, or one that begins with `~/`.
    static var path: Self {
        Self("an absolute path, or one that begins with ~/", isPath: true, write: { $0 }) {
            (text, roots) throws(Misfit) in
            let path = roots.expand(text)
            guard path.hasPrefix("/") else {
                throw Misfit(predicate: "must be an absolute path or begin with ~/, unlike \"\(text)\"")
            }
            // One spelling, so that two settings of one directory compare equal.
            return "/" + path.split(separator: "/").joined(separator: "/")
        }
    }

    /// Like ``path``, or relative to `base_directory`.
    static var pathBelowBase: Self {
        Self("a path", write: { $0 }) { (text, roots) throws(Misfit) in roots.expand(text) }
    }

    /// Like ``pathBelowBase``, or `STDOUT`.
    static var outputBelowBase: Self {
        let standardOutput = EventLogPlace.standardOutputName
        return Self("a path or \(standardOutput)", write: { $0 }) { (text, roots) throws(Misfit) in
            text.uppercased() == standardOutput ? standardOutput : roots.expand(text)
        }
    }
}

extension SettingType<[String]> {
    /// A comma list of hosts.
    static var hosts: Self {
        let expectation = "host names separated by commas"
        return Self(expectation, write: { $0.joined(separator: ", ") }) { (value, _) throws(Misfit) in
            let isWrong = { (host: String) in host.isEmpty || host.contains { $0.isWhitespace || $0 == "/" } }
            if let wrong = value.elements.first(where: isWrong) {
                throw Misfit(predicate: "must be \(expectation), but one of them is \"\(wrong)\"")
            }
            return value.elements
        }
    }
}

extension SettingType<[NotificationURL]> {
    /// A comma list of http and https URLs.
    static var urls: Self {
        let expectation = "URLs separated by commas, such as https://example.org/hook"
        return Self(expectation, write: { $0.map(\.text).joined(separator: ", ") }) { (value, _) throws(Misfit) in
            var urls: [NotificationURL] = []
            for text in value.elements {
                guard let url = try? NotificationURL(text) else {
                    let shown = Credentials.masked(in: text)
                    throw Misfit(predicate: "must be \(expectation), but one of them is \"\(shown)\"")
                }
                guard !urls.contains(url) else { throw Misfit(predicate: "has the URL \(url) twice; name it once") }
                urls.append(url)
            }
            guard !urls.isEmpty else {
                throw Misfit(predicate: "has no value; give one, or remove the line to have the default")
            }
            return urls
        }
    }
}

extension SettingType<NotificationURL> {
    /// An http or https URL.
    static var url: Self {
        let expectation = "a URL such as https://example.org"
        return Self(expectation, write: { $0.text }) { (text, _) throws(Misfit) in
            guard let url = try? NotificationURL(text) else {
                throw Misfit(predicate: "must be \(expectation), not \"\(Credentials.masked(in: text))\"")
            }
            return url
        }
    }
}

extension SettingType<Secret> {
    static var secret: Self {
        Self("a secret", write: { "\($0)" }) { (value, _) throws(Misfit) in
            let text = try value.single()
            guard text != "None" else {
                throw Misfit(
                    predicate: "cannot be None, as nothing is done without it; remove the line to have one made"
                )
            }
            do throws(ClusterRunnerError) {
                return try Secret(text)
            } catch {
                // The length is as much as may be said of it.
                throw Misfit(predicate: "must have at least \(Secret.minimumLength) characters, not \(text.count)")
            }
        }
    }
}

extension INIValue {
    /// The value as one text.
    fileprivate func single() throws(ConfigurationKey.Misfit) -> String {
        guard let text else {
            throw ConfigurationKey.Misfit(predicate: "takes one value, not a list; quote the whole of it")
        }
        return text
    }
}

extension String {
    /// The text without bytes that are not UTF-8: only directories can have an alias.
    fileprivate func inUTF8(isPath: Bool) throws(ConfigurationKey.Misfit) -> String {
        guard ArgumentBytes.isMarked(self) else { return self }
        let bytes = ArgumentBytes.bytes(of: self)
        guard isPath, bytes.isAbsolute else {
            throw ConfigurationKey.Misfit(predicate: "must be UTF-8, unlike \"\(bytes)\"")
        }
        do {
            return try PathAlias.text(of: bytes)
        } catch {
            let reason = (error as? ClusterRunnerError)?.message ?? "\(error)"
            throw ConfigurationKey.Misfit(predicate: "cannot be used: \(clause: reason)")
        }
    }
}

extension ConfigurationKey.Roots {
    fileprivate func expand(_ path: String) -> String {
        if path == "~" { return home }
        if path.hasPrefix("~/") { return home + path.dropFirst() }
        guard !path.hasPrefix("/"), let current else { return path }
        return current + "/" + path
    }
}
