import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin

/// The atoms of a batch to which the cases of its report belong.
///
/// An atom owns a case by its file, or by the begin of class and name: `tests/test_a.py` owns `tests.test_a.TestX`. The
/// longest name decides. A case without exactly one owner has none.
struct CaseOwners {
    /// The numbers of the atoms by their names; nil where several atoms have the name.
    private var owners: [String: Int?] = [:]
    /// The path of the project, with a slash.
    private let root: String

    /// Creates the owners among atoms.
    init(_ atoms: [Atom], projectDirectory: ByteString) {
        root = projectDirectory.escaped + "/"
        for (number, atom) in atoms.enumerated() {
            for name in Self.names(of: Self.relative(atom.value.escaped, to: "$PROJECT_DIR/")) {
                owners[name] = .some(owners[name] == nil ? number : nil)
            }
        }
    }

    /// Returns the number of the atom that owns a case; nil when it is unknown.
    func owner(of testCase: TestCase) -> Int? {
        if let file = testCase.file, let owner = owners[Self.relative(Self.relative(file, to: root), to: "./")] {
            return owner
        }
        var name = [testCase.className, testCase.name].compactMap { $0 }.joined(separator: ".")[...]
        while true {
            if let owner = owners[String(name)] { return owner }
            guard let dot = name.lastIndex(of: ".") else { return nil }
            name = name[..<dot]
        }
    }

    /// Returns the path itself, and the name of the module that a test runner makes of it.
    private static func names(of path: String) -> Set<String> {
        var parts = path.split(separator: "::", omittingEmptySubsequences: false).map(String.init)
        if let dot = parts[0].lastIndex(of: "."), extensions.contains(parts[0][dot...].dropFirst()) {
            parts[0] = String(parts[0][..<dot])
        }
        parts[0] = parts[0].split(separator: "/").joined(separator: ".")
        return [path, parts.joined(separator: ".")]
    }

    private static func relative(_ path: String, to folder: String) -> String {
        let path = path.hasPrefix(folder) ? String(path.dropFirst(folder.count)) : path
        return path.hasPrefix("./") ? String(path.dropFirst(2)) : path
    }

    /// The endings of source files; any other dot of a name may stand between a package and a class.
    private static let extensions: Set<Substring> = [
        "cjs", "cs", "groovy", "java", "js", "jsx", "kt", "mjs", "php", "pl", "py", "rb", "scala", "t", "ts", "tsx",
    ]
}
