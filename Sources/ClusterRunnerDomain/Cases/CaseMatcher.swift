/// The rule that says to which atom of a job a test case belongs.
///
/// The first step with a hit decides; a hit of several atoms belongs to none of them.
/// 1. The atom names the case: `tests/test_a.py::test_x`, `com.x.FooTest#adds`, `Module.Suite/test`.
/// 2. The atom names the file of the case. One path may have more folders in front than the other.
/// 3. The atom names the class of the case, or the file that the class is named for; the longest part of the class wins.
/// 4. The atom names the beginning of the case's name, or a folder with its file; the longest wins.
///
/// An atom with several words is known by each of them that has a slash or a dot. Paths are compared by whole components.
/// The cost of a case does not depend on the number of atoms.
package struct CaseMatcher: Sendable {
    private var index = CaseIndex()

    /// Creates a matcher.
    ///
    /// - Parameter atoms: The values of the atoms; `$PROJECT_DIR/` in front is ignored.
    package init(atoms: [String]) {
        for (number, atom) in atoms.enumerated() { index.add(atom, number) }
    }

    /// Returns the number of the atom to which a case belongs; nil when it belongs to none, or to several alike.
    package func atom(of testCase: TestCase) -> Int? {
        let name = CaseAddress(testCase)
        for step in [wholeName, file, className, beginning] {
            if let hit = step(name) { return hit.atom }
        }
        return nil
    }

    private func wholeName(_ name: CaseAddress) -> CaseIndex.Hit? {
        name.spellings.lazy.compactMap { index.wholes[$0] }.first
            ?? (index.namesCases ? name.nodes.lazy.compactMap { index.node($0) }.first : nil)
    }

    private func file(_ name: CaseAddress) -> CaseIndex.Hit? {
        name.file.flatMap { index.path($0) }
    }

    private func className(_ name: CaseAddress) -> CaseIndex.Hit? {
        guard let parts = name.className else { return nil }
        for count in stride(from: parts.count, to: 0, by: -1) {
            let part = parts.prefix(count)
            if let hit = index.wholeNode(part) { return hit }
            let isLong = count > 1 || parts.count == 1
            if isLong, let hit = index.node(part) { return hit }
        }
        for first in parts.indices.dropFirst() {
            if let hit = index.wholeNode(parts[first...]) { return hit }
        }
        return nil
    }

    private func beginning(_ name: CaseAddress) -> CaseIndex.Hit? {
        if let hit = name.beginnings.lazy.compactMap({ index.wholes[String($0)] }).first { return hit }
        return name.folders.lazy.compactMap { index.folder($0) }.first
    }
}
