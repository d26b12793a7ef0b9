/// A parser of `.gitmodules` files.
///
/// Not libgit2's parser of configurations, which would follow `include.path` out of the repository.
enum GitModules {
    /// The entry of one submodule.
    struct Entry: Equatable {
        var path: String
        var url: String
        /// The way to update it; nil if the file does not say.
        var update: String?
    }

    /// Returns the entries that have both a path and an address, in the order of the file; the last value of a repeated
    /// key wins.
    static func entries(in text: String) -> [Entry] {
        var names: [String] = []
        var values: [String: [String: String]] = [:]
        var section: String?
        for line in logicalLines(of: text) {
            if line.hasPrefix("[") {
                section = submoduleName(in: line)
                if let section, values[section] == nil {
                    names.append(section)
                    values[section] = [:]
                }
            } else if let section, let (key, value) = setting(in: line) {
                values[section]?[key] = value
            }
        }
        return names.compactMap { name in
            guard let path = values[name]?["path"], let url = values[name]?["url"] else { return nil }
            return Entry(path: path, url: url, update: values[name]?["update"])
        }
    }

    /// Returns the lines without indentation, joined where one ends in a backslash.
    private static func logicalLines(of text: String) -> [Substring] {
        text.replacing("\r\n", with: "\n").replacing("\\\n", with: "")
            .split(separator: "\n")
            .map { $0.drop(while: \.isWhitespace) }
    }

    /// Returns the name in `[submodule "name"]`.
    private static func submoduleName(in line: Substring) -> String? {
        let parts = line.dropFirst().split(separator: "\"", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].lowercased().filter({ !$0.isWhitespace }) == "submodule",
            let end = parts[1].lastIndex(of: "\"")
        else { return nil }
        return String(parts[1][..<end])
    }

    private static func setting(in line: Substring) -> (key: String, value: String)? {
        guard !line.hasPrefix("#"), !line.hasPrefix(";"), let equals = line.firstIndex(of: "=") else { return nil }
        let key = line[..<equals].lowercased().filter { !$0.isWhitespace }
        return (key, value(in: line[line.index(after: equals)...]))
    }

    /// Returns the value with its quotes and escapes resolved, and without comments.
    private static func value(in text: Substring) -> String {
        var value = ""
        var isQuoted = false
        var significant = 0
        var characters = text.drop(while: \.isWhitespace).makeIterator()
        while let character = characters.next() {
            switch character {
            case "\"":
                isQuoted.toggle()
                continue
            case "\\":
                value.append(characters.next().map(unescaped) ?? "\\")
            case "#" where !isQuoted, ";" where !isQuoted:
                return String(value.prefix(significant))
            default:
                value.append(character)
                if character.isWhitespace, !isQuoted { continue }
            }
            significant = value.count
        }
        return String(value.prefix(significant))
    }

    private static func unescaped(_ character: Character) -> Character {
        switch character {
        case "n": "\n"
        case "t": "\t"
        case "b": "\u{8}"
        default: character
        }
    }
}
