/// The names of a test case, split for the comparison with atoms.
struct CaseAddress {
    /// The whole name of the case in the spellings of test runners.
    let spellings: [String]
    /// The components of the file; nil without one.
    let file: [String]?
    /// The parts of the class; nil without one.
    let className: [String]?
    /// The parts of the file and those of the class, each with the name of the case at the end.
    let nodes: [ArraySlice<String>]
    private let name: String
    private let isAbsolute: Bool

    /// Splits the names of a case.
    init(_ testCase: TestCase) {
        name = Self.relative(testCase.name)
        let paths = [testCase.className, Self.owner(of: name)].lazy.compactMap(\.self).filter(Self.isPath)
        let path = testCase.file ?? paths.first
        isAbsolute = path?.hasPrefix("/") ?? false
        file = path.map { Self.components(Self.relative($0)) }
        className = testCase.className.map { Self.node(Self.relative($0)) }
        let names = [name] + Self.unparameterized(name)
        let owners = [path, testCase.className].compactMap(\.self).map(Self.relative)
        spellings = names.flatMap { name in
            owners.flatMap { owner in Self.joints.map { owner + $0 + name } } + [name]
        }
        let parts = [path.map { Self.node(Self.relative($0)) }, className].compactMap(\.self)
        nodes = names.flatMap { name in parts.map { ($0 + Self.split(name, "::"))[...] } }
    }

    /// The folders that hold the file, the innermost first.
    ///
    /// The folders above the project in an absolute path are unknown, so its ends of two or more components count, too.
    var folders: [ArraySlice<String>] {
        guard let file else { return [] }
        return stride(from: file.count - 1, to: 0, by: -1).flatMap { count in
            let starts = isAbsolute ? 0..<max(1, count - 1) : 0..<1
            return starts.map { file[$0..<count] }
        }
    }

    /// The beginnings of the name that end at a separator, the longest first.
    var beginnings: [Substring] {
        let ends = name.indices.dropFirst().filter { index in
            Self.separators.contains { name[index...].hasPrefix($0) }
        }
        return ends.suffix(Self.most).reversed().map { name[..<$0] }
    }
}

extension CaseAddress {
    /// The maximum number of components of a path, and of beginnings of a name, that count.
    private static let most = 24
    /// The texts between a file or class and the name of a case.
    private static let joints = ["::", "#", "/", ".", " "]
    /// The texts behind which a name goes into detail.
    private static let separators = ["::", "/", "#", "[", "(", " > ", " › "]
    /// The endings of source files, since a class such as `com.x.FooTest` has dots as well.
    private static let endings: Set<Substring> = [
        "bats", "c", "cc", "cjs", "cpp", "cs", "cxx", "dart", "ex", "exs", "feature", "go", "groovy", "java", "js",
        "jsx",
        "kt", "lua", "m", "mjs", "mm", "php", "phpt", "pl", "py", "rb", "rs", "scala", "sh", "swift", "t", "ts", "tsx",
    ]

    /// Takes `$PROJECT_DIR/` and `./` off the front, and `/` and Go's `/...` off the end.
    static func relative(_ text: some StringProtocol) -> String {
        var rest = Substring(text)
        for prefix in ["$PROJECT_DIR/", "./"] where rest.hasPrefix(prefix) { rest = rest.dropFirst(prefix.count) }
        for suffix in ["/...", "/"] where rest.hasSuffix(suffix) { rest = rest.dropLast(suffix.count) }
        return String(rest)
    }

    /// Splits a path.
    static func components(_ path: String) -> [String] { split(path, "/").suffix(most) }

    /// Splits the name of a class or a case into parts; a file counts as the class that it is named for.
    ///
    /// `tests/test_a.py::TestX` and `tests.test_a.TestX` have the same parts.
    static func node(_ name: String) -> [String] {
        let owner = owner(of: name) ?? name
        let details = split(String(name.dropFirst(owner.count)), "::").flatMap { split($0, "#") }
        guard isPath(owner) else {
            let parts = owner.split(whereSeparator: { $0 == "." || $0 == "$" || $0 == "\\" }).map(String.init)
            return (parts + details).suffix(most)
        }
        var parts = components(owner)
        if let last = parts.popLast() { parts.append(stem(last)) }
        return (parts + details).suffix(most)
    }

    /// The text before the first `::` or `#`; nil without one.
    private static func owner(of name: String) -> String? {
        let ends = ["::", "#"].compactMap { name.firstRange(of: $0)?.lowerBound }
        return ends.min().map { String(name[..<$0]) }
    }

    private static func isPath(_ text: String) -> Bool {
        guard !text.contains(" ") else { return false }
        return text.contains("/") || ending(text).map(endings.contains) ?? false
    }

    private static func ending(_ file: String) -> Substring? {
        file.lastIndex(of: ".").map { file[file.index(after: $0)...] }
    }

    private static func stem(_ file: String) -> String {
        guard let ending = ending(file), endings.contains(ending) else { return file }
        return String(file.dropLast(ending.count + 1))
    }

    /// The name without the values of a parameterized case, `test_x[1]` or `test(value:)`; empty when it has none.
    private static func unparameterized(_ name: String) -> [String] {
        guard let end = name.firstIndex(where: { $0 == "[" || $0 == "(" }), end > name.startIndex else { return [] }
        return [String(name[..<end])]
    }

    private static func split(_ text: String, _ separator: String) -> [String] {
        text.split(separator: separator).map(String.init)
    }
}
