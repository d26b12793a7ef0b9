import CGit2

/// The history of commits in a repository, which may be shallow.
///
/// libgit2 before 1.7 treats the parents of a shallow repository's last commits as missing objects. For complete
/// histories its own walk is used.
struct History {
    let repository: OpaquePointer
    let stop: StopFlag

    /// Whether the history is cut off somewhere.
    static func isShallow(_ repository: OpaquePointer) -> Bool { git_repository_is_shallow(repository) == 1 }

    /// Calls `body` with the commit and its ancestors, except those in `known` and their ancestors.
    func walk(from commit: ObjectID, without known: [ObjectID], _ body: (git_oid) throws -> Void) throws {
        try walk(from: [commit], without: known, body)
    }

    /// Calls `body` with the commits and their ancestors, except those in `known` and their ancestors.
    func walk(from commits: [ObjectID], without known: [ObjectID], _ body: (git_oid) throws -> Void) throws {
        guard !Self.isShallow(repository) else {
            let boundaries = try Mirror.boundaries(in: repository)
            var seen: Set<ObjectID> = []
            try visit(known, boundaries, &seen) { _ in }
            return try visit(commits, boundaries, &seen, body)
        }
        try withHandle(freedBy: git_revwalk_free, from: { git_revwalk_new(&$0, repository) }) { walk in
            for commit in commits {
                var start = commit.oid
                try checked(git_revwalk_push(walk, &start))
            }
            for commit in known {
                var oid = commit.oid
                try checked(git_revwalk_hide(walk, &oid))
            }
            var next = git_oid()
            while true {
                let code = git_revwalk_next(&next, walk)
                if code == GIT_ITEROVER.rawValue { return }
                try checked(code)
                try stop.check()
                try body(next)
            }
        }
    }

    /// Whether one of the tips is the commit or its descendant.
    func contains(_ commit: ObjectID, in tips: [ObjectID]) throws -> Bool {
        guard !tips.contains(commit) else { return true }
        guard !Self.isShallow(repository) else {
            var seen: Set<ObjectID> = []
            try visit(tips, try Mirror.boundaries(in: repository), &seen) { _ in }
            return seen.contains(commit)
        }
        var oid = commit.oid
        let oids = tips.map(\.oid)
        return try checked(git_graph_reachable_from_any(repository, &oid, oids, oids.count)) == 1
    }

    private func visit(
        _ commits: [ObjectID],
        _ boundaries: Set<ObjectID>,
        _ seen: inout Set<ObjectID>,
        _ body: (git_oid) throws -> Void
    ) throws {
        var waiting = commits
        while let commit = waiting.popLast() {
            guard seen.insert(commit).inserted else { continue }
            try stop.check()
            var oid = commit.oid
            try withHandle(freedBy: git_commit_free, from: { git_commit_lookup(&$0, repository, &oid) }) { handle in
                try body(oid)
                guard !boundaries.contains(commit) else { return }
                for index in 0..<git_commit_parentcount(handle) {
                    guard let parent = git_commit_parent_id(handle, index) else { continue }
                    waiting.append(ObjectID(parent.pointee))
                }
            }
        }
    }
}
