import CGit2

/// The references of a workspace in addition to its commit.
///
/// Made once, on the master, so that a build sees the same ones on all machines.
struct ReferenceList: Equatable, Sendable {
    /// A tag or branch of the remote.
    struct Entry: Equatable, Sendable {
        /// Its full name at the remote: `refs/tags/...` or `refs/heads/...`.
        let name: ReferenceName
        /// The object that it points to.
        let id: ObjectID
        /// The commit behind a tag that is an object of its own.
        var peeled: ObjectID?

        var isTag: Bool { name.hasPrefix("refs/tags/") }
    }

    /// The references, by name.
    let entries: [Entry]
    /// The remote's default branch, if it is one of the entries.
    let defaultBranch: ReferenceName?

    init(_ entries: [Entry], defaultBranch: ReferenceName?) {
        self.entries = entries.sorted { $0.name < $1.name }
        self.defaultBranch = defaultBranch.flatMap { name in entries.contains { $0.name == name } ? name : nil }
    }

    /// The branches, without the tags.
    var branches: [Entry] { entries.filter { !$0.isTag } }

    /// Returns the list without some entries.
    func filter(_ isIncluded: (Entry) throws -> Bool) rethrows -> ReferenceList {
        ReferenceList(try entries.filter(isIncluded), defaultBranch: defaultBranch)
    }
}

// MARK: - As text

extension ReferenceList {
    private static let newline = UInt8(ascii: "\n")

    /// The encoded list: a line `ref: NAME` for the default branch, `ID NAME` for each reference, and `^ID` below a tag
    /// that is an object of its own.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        if let defaultBranch { bytes += Array("ref: ".utf8) + defaultBranch.bytes + [Self.newline] }
        for entry in entries { entry.append(to: &bytes) }
        return bytes
    }

    /// Decodes ``bytes``; nil for anything else.
    init?(_ bytes: [UInt8]) {
        var entries: [Entry] = []
        var defaultBranch: ReferenceName?
        for line in bytes.split(separator: Self.newline) {
            if line.starts(with: "ref: ".utf8) {
                defaultBranch = ReferenceName(line.dropFirst(5))
            } else if line.first == UInt8(ascii: "^") {
                guard let id = ObjectID(hex: String(decoding: line.dropFirst(), as: UTF8.self)), !entries.isEmpty else {
                    return nil
                }
                entries[entries.count - 1].peeled = id
            } else {
                guard let entry = Entry(line: line) else { return nil }
                entries.append(entry)
            }
        }
        self.init(entries, defaultBranch: defaultBranch)
    }

    /// The digest of the list: lists with the same digest are equal.
    var digest: ObjectID {
        get throws { try ObjectID(hashing: bytes) }
    }

    /// Makes the content of `packed-refs` for a workspace with that name of the remote.
    func packed(remote: String) -> [UInt8] {
        let named = entries.map { entry in
            let name = entry.name.dropping("refs/heads/").map {
                ReferenceName("refs/remotes/\(remote)/".utf8 + $0.bytes)
            }
            return Entry(name: name ?? entry.name, id: entry.id, peeled: entry.peeled)
        }
        var bytes = Array("# pack-refs with: peeled fully-peeled sorted \n".utf8)
        for entry in named.sorted(by: { $0.name < $1.name }) { entry.append(to: &bytes) }
        return bytes
    }
}

extension ReferenceList.Entry {
    fileprivate init?(line: ArraySlice<UInt8>) {
        guard line.count > 41, line[line.startIndex + 40] == UInt8(ascii: " "),
            let id = ObjectID(hex: String(decoding: line.prefix(40), as: UTF8.self))
        else { return nil }
        let name = ReferenceName(line.dropFirst(41))
        guard name.hasPrefix("refs/tags/") || name.hasPrefix("refs/heads/"), name.isValid else { return nil }
        self.init(name: name, id: id)
    }

    fileprivate func append(to bytes: inout [UInt8]) {
        bytes += Array("\(id) ".utf8) + name.bytes + [UInt8(ascii: "\n")]
        if let peeled { bytes += Array("^\(peeled)\n".utf8) }
    }
}

extension ReferenceName {
    /// Whether git accepts it as the name of a reference.
    var isValid: Bool {
        var isValid: Int32 = 0
        return git_reference_name_is_valid(&isValid, cString) == 0 && isValid == 1
    }
}
