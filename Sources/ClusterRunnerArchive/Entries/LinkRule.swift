import ClusterRunnerPlugin

/// The rule for targets of symbolic links.
///
/// `..` may stand only at the beginning of a target, where it climbs from real directories. After a name that is itself
/// a link, it would climb from that link's target, and a chain of links that each look harmless could leave the
/// directory.
struct LinkRule {
    /// The names of the directories from the enclosing one, which links may not leave, down to that of the link.
    let place: ArraySlice<ByteString>
    /// The absolute paths of the enclosing directory; empty when absolute targets are refused.
    var knownAs: [ByteString] = []
    /// Whether these names lead to a directory without passing through a link.
    var isDirectory: ([ByteString]) -> Bool = { _ in false }

    /// The reason why a target is refused.
    struct Fault: Error {
        let text: String
    }

    /// Returns the target to archive: the given one, or an equivalent one that conforms to the rule.
    func target(_ target: ByteString) throws(Fault) -> ByteString {
        guard !target.isEmpty else { throw Fault(text: "is empty") }
        if target.isAbsolute { return relative(try inside(target)) }
        let steps = target.names.filter { $0 != "." }
        let climbs = steps.prefix { $0 == ".." }.count
        guard climbs <= place.count else { throw Fault(text: "\(shown(target)) leads outside the directory") }
        guard steps.dropFirst(climbs).contains("..") else { return target }
        return relative(try walk(steps[climbs...], from: place.dropLast(climbs), target))
    }

    /// Resolves an absolute target to names inside the directory.
    private func inside(_ target: ByteString) throws(Fault) -> [ByteString] {
        let steps = target.names.filter { $0 != "." }
        for path in knownAs {
            let names = path.names
            guard steps.starts(with: names) else { continue }
            return try walk(steps[names.count...], from: [], target)
        }
        throw Fault(text: "\(shown(target)) is an absolute path\(knownAs.isEmpty ? "" : " to another place")")
    }

    /// Continues from a directory; `..` after a name must climb from a real directory.
    private func walk(
        _ steps: ArraySlice<ByteString>,
        from directory: ArraySlice<ByteString>,
        _ target: ByteString
    ) throws(Fault) -> [ByteString] {
        var names = Array(directory)
        for step in steps {
            guard step == ".." else {
                names.append(step)
                continue
            }
            guard !names.isEmpty else { throw Fault(text: "\(shown(target)) leads outside the directory") }
            guard isDirectory(names) else { throw Fault(text: "\(shown(target)) has \"..\" after a name") }
            names.removeLast()
        }
        return names
    }

    /// Makes the shortest relative target from the link's place.
    private func relative(_ names: [ByteString]) -> ByteString {
        let common = zip(place, names).prefix { $0 == $1 }.count
        let climbs = Array(repeating: ByteString(".."), count: place.count - common)
        let steps = climbs + names.dropFirst(common)
        return steps.isEmpty ? "." : ByteString(names: steps)
    }

    private func shown(_ target: ByteString) -> String { excerpt(of: target.escaped, limit: 200) }
}
