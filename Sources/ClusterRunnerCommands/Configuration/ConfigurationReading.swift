import ClusterRunnerDomain
import ClusterRunnerPlugin

/// The texts of a command's flags, by the settings that they stand for; nil is a flag that was not given.
typealias SettingFlags = KeyValuePairs<any DeclaredSetting, String?>

/// The values that one source of configuration sets, by section and key, and all its faults.
struct ConfigurationReading {
    private(set) var values: [ConfigurationSection: [String: ConfigurationValue]] = [:]
    /// The lines of the file in which the values stand.
    private(set) var lines: [ConfigurationSection: [String: Int]] = [:]
    /// Sentences that name place, key, value and what would be right.
    private(set) var faults: [String] = []

    /// Checks a parsed file against the table of keys.
    init(file: INIFile, path: String, roots: ConfigurationKey.Roots) {
        var found = file.faults
        for header in file.headers where ConfigurationSection(rawValue: header.name) == nil {
            found.append(INIFile.Fault(line: header.line, sentence: Self.unknownSection(header.name)))
        }
        for entry in file.entries {
            // The keys of an unknown section say nothing more than that section's own fault.
            guard let section = ConfigurationSection(rawValue: entry.section) else { continue }
            guard let key = ConfigurationKey.table.first(where: { $0.stands(as: entry.key, in: section) }) else {
                found.append(INIFile.Fault(line: entry.line, sentence: Self.unknownKey(entry.key, in: section)))
                continue
            }
            do throws(ConfigurationKey.Misfit) {
                values[section, default: [:]][key.name] = try key.read(entry.value, roots: roots)
                lines[section, default: [:]][key.name] = entry.line
            } catch {
                found.append(INIFile.Fault(line: entry.line, sentence: "\(key.name) \(error.predicate)."))
            }
        }
        faults = found.sorted { $0.line < $1.line }.map { "\(path), line \($0.line): \($0.sentence)" }
    }

    /// Reads the environment variables of the keys, by section; variables of other programs do not count.
    init(environment: [String: String], roots: ConfigurationKey.Roots) {
        var known = Set<String>()
        for key in ConfigurationKey.table {
            for section in key.sections {
                let name = key.environmentName(in: section)
                known.insert(name)
                guard let text = environment[name], !text.isEmpty else { continue }
                read(text, of: key, in: section, named: name, roots: roots)
            }
        }
        let own = environment.filter { $0.key.hasPrefix(ConfigurationKey.environmentPrefix) && !$0.value.isEmpty }
        let unknown = own.keys.filter { !known.contains($0) && !JobEnvironment.ownNames.contains($0) }.sorted()
        faults += unknown.map { Self.unknownVariable($0, known: known) }
    }

    /// Reads the flags of a command; those that are nil were not given.
    init(flags: SettingFlags, section: ConfigurationSection, roots: ConfigurationKey.Roots) {
        for (key, text) in flags.map({ ($0.key.key, $0.value) }).sorted(by: { $0.0.name < $1.0.name }) {
            guard let text else { continue }
            guard key.matters(to: section) else {
                faults.append("The key \(key.name) has no meaning for [\(section.rawValue)].")
                continue
            }
            read(text, of: key, in: key.home, named: "--" + key.flagName, roots: roots)
        }
    }

    private mutating func read(
        _ text: String,
        of key: ConfigurationKey,
        in section: ConfigurationSection,
        named place: String,
        roots: ConfigurationKey.Roots
    ) {
        do throws(ConfigurationKey.Misfit) {
            values[section, default: [:]][key.name] = try key.read(INIValue(verbatim: text), roots: roots)
        } catch {
            // A variable that sets two keys is wrong only once.
            let fault = "\(place) \(error.predicate)."
            if !faults.contains(where: { $0.hasPrefix("\(place) ") }) { faults.append(fault) }
        }
    }
}

extension ConfigurationReading {
    private static func unknownVariable(_ name: String, known: Set<String>) -> String {
        // What all names begin with says nothing about what was meant.
        let prefix = ConfigurationKey.environmentPrefix
        let rest = { String(($0 as String).dropFirst(prefix.count)) }
        if let nearest = nearestName(to: rest(name), among: known.map(rest).sorted()) {
            return "The environment variable \(name) sets nothing; did you mean \(prefix)\(nearest)?"
        }
        return "The environment variable \(name) sets nothing; the names are CLUSTERRUNNER_<KEY>, "
            + "CLUSTERRUNNER_MASTER_<KEY>, CLUSTERRUNNER_SLAVE_<KEY> and CLUSTERRUNNER_NOTIFY_<KEY>, with the keys of the "
            + "configuration file."
    }

    private static func unknownSection(_ name: String) -> String {
        let known = ConfigurationSection.allCases.map(\.rawValue)
        if let nearest = nearestName(to: name, among: known) {
            return "There is no section [\(name)]; did you mean [\(nearest)]?"
        }
        return "There is no section [\(name)]; the sections are \(known.map { "[\($0)]" }.joined(separator: ", "))."
    }

    private static func unknownKey(_ name: String, in section: ConfigurationSection) -> String {
        let elsewhere = ConfigurationKey.table.filter { $0.name == name }
        if let key = elsewhere.first {
            let sections = key.sections.map { "[\($0.rawValue)]" }.joined(separator: " or ")
            return "The key \"\(name)\" does not belong in [\(section.rawValue)], but in \(sections)."
        }
        let known = Set(ConfigurationKey.table.filter { $0.sections.contains(section) }.map(\.name)).sorted()
        if let nearest = nearestName(to: name, among: known) {
            return "There is no key \"\(name)\" in [\(section.rawValue)]; did you mean \"\(nearest)\"?"
        }
        return "There is no key \"\(name)\" in [\(section.rawValue)]; its keys are \(known.joined(separator: ", "))."
    }
}

extension ConfigurationKey {
    fileprivate func stands(as name: String, in section: ConfigurationSection) -> Bool {
        self.name == name && sections.contains(section)
    }

    /// Whether it means something to a service, or to a command that is none (`general`).
    func matters(to section: ConfigurationSection) -> Bool { section.precedence.contains(home) }
}
