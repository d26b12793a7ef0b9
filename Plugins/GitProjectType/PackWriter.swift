import CGit2

/// A writer of packs with the objects of commits and tags that another machine lacks.
struct PackWriter {
    let repository: OpaquePointer
    let stop: StopFlag

    /// Writes the pack to `file` in pieces, with at most one of them in memory.
    ///
    /// The commits in `have` must be in this repository.
    func write(_ objects: [ObjectID], without have: [ObjectID], to file: ScratchFile) throws {
        try withHandle(freedBy: git_packbuilder_free, from: { git_packbuilder_new(&$0, repository) }) { builder in
            // One thread for each processor: the search for differences takes most of the time.
            _ = git_packbuilder_set_threads(builder, 0)
            let commits = try objects.compactMap { try insertTags(from: $0, into: builder) }
            try insert(commits, without: have, into: builder)
            try stop.check()
            try write(builder, to: file)
        }
    }

    /// Inserts the tag that an object is, and those that it is a tag of.
    ///
    /// - Returns: the commit at the end.
    private func insertTags(from object: ObjectID, into builder: OpaquePointer) throws -> ObjectID? {
        var next: ObjectID? = object
        while let id = next {
            var oid = id.oid
            var isCommit = false
            next = try withHandle(
                freedBy: git_object_free,
                from: { git_object_lookup(&$0, repository, &oid, GIT_OBJECT_ANY) },
                { object in
                    isCommit = git_object_type(object) == GIT_OBJECT_COMMIT
                    guard git_object_type(object) == GIT_OBJECT_TAG else { return nil }
                    try checked(git_packbuilder_insert(builder, &oid, nil))
                    return ObjectID(git_tag_target_id(object).pointee)
                }
            )
            if isCommit { return id }
        }
        return nil
    }

    private func insert(_ commits: [ObjectID], without have: [ObjectID], into builder: OpaquePointer) throws {
        guard !History.isShallow(repository) else {
            return try History(repository: repository, stop: stop).walk(from: commits, without: have) { next in
                var oid = next
                try checked(git_packbuilder_insert_commit(builder, &oid))
            }
        }
        try withHandle(freedBy: git_revwalk_free, from: { git_revwalk_new(&$0, repository) }) { walk in
            for commit in commits {
                var start = commit.oid
                try checked(git_revwalk_push(walk, &start))
            }
            for known in have {
                var oid = known.oid
                try checked(git_revwalk_hide(walk, &oid))
            }
            try checked(git_packbuilder_insert_walk(builder, walk))
        }
    }

    private func write(_ builder: OpaquePointer, to file: ScratchFile) throws {
        let output = Output(file: file, stop: stop)
        let code = withExtendedLifetime(output) {
            git_packbuilder_foreach(
                builder,
                { bytes, count, payload in
                    guard let payload else { return GIT_ERROR.rawValue }
                    let output = Unmanaged<Output>.fromOpaque(payload).takeUnretainedValue()
                    return output.take(UnsafeRawBufferPointer(start: bytes, count: count))
                },
                Unmanaged.passUnretained(output).toOpaque()
            )
        }
        if let failure = output.failure { throw failure }
        try checked(code)
    }

    /// The target of the callback's bytes, and the error that it cannot throw through C.
    private final class Output {
        let file: ScratchFile
        let stop: StopFlag
        private(set) var failure: (any Error)?

        init(file: ScratchFile, stop: StopFlag) {
            self.file = file
            self.stop = stop
        }

        func take(_ bytes: UnsafeRawBufferPointer) -> Int32 {
            do {
                try stop.check()
                try file.append(bytes)
                return 0
            } catch {
                failure = error
                return GIT_EUSER.rawValue
            }
        }
    }
}
