import CGit2
import Foundation

/// A search for those of some commits that are ancestors of a commit.
///
/// A walk over a long history takes seconds. The answers for the last commit are stored, so that the next one needs a
/// walk over the difference only.
struct Ancestry {
    let repository: OpaquePointer
    let stop: StopFlag
    /// The file with the last answers.
    let cache: String

    /// Returns those of `candidates` that are the commit or its ancestors.
    func ancestors(of commit: ObjectID, among candidates: Set<ObjectID>) throws -> Set<ObjectID> {
        guard !candidates.isEmpty else { return [] }
        let known = (try? known(at: commit)) ?? [:]
        var reached = candidates.filter { known[$0] == true }
        let open = candidates.filter { known[$0] == nil }
        if !open.isEmpty { reached.formUnion(try search(open, from: commit)) }
        save(reached, of: candidates, at: commit)
        return reached
    }

    /// Walks the whole history until all are found.
    private func search(_ open: Set<ObjectID>, from commit: ObjectID) throws -> Set<ObjectID> {
        var found: Set<ObjectID> = []
        do {
            try History(repository: repository, stop: stop).walk(from: commit, without: []) { next in
                if open.contains(ObjectID(next)) { found.insert(ObjectID(next)) }
                if found.count == open.count { throw AllFound() }
            }
        } catch is AllFound {}
        return found
    }

    /// Ends a walk.
    private struct AllFound: Error {}

    // MARK: - Last answers

    /// Derives the known answers for this commit from those for the last one.
    private func known(at commit: ObjectID) throws -> [ObjectID: Bool]? {
        guard let (last, found) = read(), try Mirror.hasCommit(last, in: repository) else { return nil }
        guard last != commit else { return found }
        var answers = found
        let history = History(repository: repository, stop: stop)
        try history.walk(from: commit, without: [last]) { answers[ObjectID($0)] = true }
        try history.walk(from: last, without: [commit]) { answers[ObjectID($0)] = false }
        return answers
    }

    private func read() -> (commit: ObjectID, answers: [ObjectID: Bool])? {
        guard let data = FileManager.default.contents(atPath: cache) else { return nil }
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
        guard let commit = lines.first.flatMap({ ObjectID(hex: String($0)) }) else { return nil }
        var answers: [ObjectID: Bool] = [:]
        for line in lines.dropFirst() {
            guard let id = ObjectID(hex: String(line.dropFirst())) else { return nil }
            answers[id] = line.hasPrefix("+")
        }
        return (commit, answers)
    }

    /// Stores the answers; without them the next walk is longer.
    private func save(_ reached: Set<ObjectID>, of candidates: Set<ObjectID>, at commit: ObjectID) {
        let lines = candidates.map { (reached.contains($0) ? "+" : "-") + "\($0)\n" }.sorted()
        try? Data("\(commit)\n\(lines.joined())".utf8).write(to: URL(filePath: cache), options: .atomic)
    }
}
