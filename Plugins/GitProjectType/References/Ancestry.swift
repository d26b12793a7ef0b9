import CGit2
import Foundation

/// The commits, among some, that a commit can reach.
///
/// A walk over a long history takes seconds. What was found for the last commit is kept, so that the next one needs a
/// walk over what differs between the two only.
struct Ancestry {
    let repository: OpaquePointer
    let stop: StopFlag
    /// The file with what was found last.
    let cache: String

    /// The commits among `candidates` that are the commit or come before it.
    func ancestors(of commit: ObjectID, among candidates: Set<ObjectID>) throws -> Set<ObjectID> {
        guard !candidates.isEmpty else { return [] }
        let known = (try? known(at: commit)) ?? [:]
        var reached = candidates.filter { known[$0] == true }
        let open = candidates.filter { known[$0] == nil }
        if !open.isEmpty { reached.formUnion(try search(open, from: commit)) }
        save(reached, of: candidates, at: commit)
        return reached
    }

    /// Walks over all history, until everything is found.
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

    // MARK: - What was found last

    /// What the answers of the last commit mean for this one.
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

    /// Keeps the answers; without them the next walk is longer.
    private func save(_ reached: Set<ObjectID>, of candidates: Set<ObjectID>, at commit: ObjectID) {
        let lines = candidates.map { (reached.contains($0) ? "+" : "-") + "\($0)\n" }.sorted()
        try? Data("\(commit)\n\(lines.joined())".utf8).write(to: URL(filePath: cache), options: .atomic)
    }
}
