package import ClusterRunnerPlugin

/// What became otherwise in an archive than it was: entries that were left out, and files that were cut.
package struct ArchiveNotes: Sendable, Equatable {
    /// The notes of what lies below one name at the top of the archive.
    private struct Group: Equatable {
        var notes: [String] = []
        var more = 0
    }

    private var groups: [ByteString: Group] = [:]
    /// Whether something was left out because the archive as a whole holds as much as it may.
    package var isFull = false

    /// How many notes are kept of one name; the others are counted.
    package static let mostNotes = 20
    /// The name of the file that lists notes beside what they are about.
    package static let fileName = "clusterrunner_notes"

    /// Creates an empty list.
    package init() {}

    /// Whether there is nothing to tell.
    package var isEmpty: Bool { groups.isEmpty }

    /// Notes something of an entry: the names of its path, and a text such as `is left out: it is a socket`.
    package mutating func add(_ names: [ByteString], _ text: @autoclosure () -> String) {
        guard let top = names.first else { return }
        var group = groups[top] ?? Group()
        if group.notes.count < Self.mostNotes {
            let rest = names.count > 1 ? Array(names.dropFirst()) : names
            group.notes.append("\(Self.shown(rest)) \(clause: text()).")
        } else {
            group.more += 1
        }
        groups[top] = group
    }

    /// Sentences about what lies below a name at the top of the archive, which is not part of the paths in them.
    package subscript(name: ByteString) -> [String] { groups[name].map(Self.sentences) ?? [] }

    /// The sentences for each name that has some.
    package var byName: [ByteString: [String]] { groups.mapValues(Self.sentences) }

    /// All sentences, each line with the name at the top that it is about.
    package var lines: [String] {
        groups.sorted { $0.key < $1.key }.flatMap { name, group in
            Self.sentences(of: group).map { "\(Self.shown([name])): \($0)" }
        }
    }

    private static func sentences(of group: Group) -> [String] {
        group.more == 0 ? group.notes : group.notes + ["\(group.more) more like these."]
    }

    /// A path in quotes, on one line.
    private static func shown(_ names: [ByteString]) -> String {
        let path = names.map(\.escaped).joined(separator: "/")
        return excerpt(of: path, limit: 200)
    }
}
