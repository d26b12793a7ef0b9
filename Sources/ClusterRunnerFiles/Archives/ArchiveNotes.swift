package import ClusterRunnerPlugin

/// Notes on the differences between an archive and its source: entries left out, and files cut short.
package struct ArchiveNotes: Sendable, Equatable {
    /// The notes on the entries below one top-level name of the archive.
    private struct Group: Equatable {
        var notes: [String] = []
        var more = 0
    }

    private var groups: [ByteString: Group] = [:]
    /// Whether something was left out because the archive has reached its limit.
    package var isFull = false

    /// The number of notes kept for one name; further ones are only counted.
    package static let mostNotes = 20
    /// The name of the file that lists the notes, beside the entries they describe.
    package static let fileName = "clusterrunner_notes"

    /// Creates an empty list.
    package init() {}

    /// Whether there are no notes.
    package var isEmpty: Bool { groups.isEmpty }

    /// Adds a note on an entry: the names of its path, and a text such as `is left out: it is a socket`.
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

    /// The sentences about a top-level name of the archive; the paths in them are relative to it.
    package subscript(name: ByteString) -> [String] { groups[name].map(Self.sentences) ?? [] }

    /// The sentences by top-level name, for each name that has any.
    package var byName: [ByteString: [String]] { groups.mapValues(Self.sentences) }

    /// All sentences, one line each, with the top-level name that they describe.
    package var lines: [String] {
        groups.sorted { $0.key < $1.key }.flatMap { name, group in
            Self.sentences(of: group).map { "\(Self.shown([name])): \($0)" }
        }
    }

    private static func sentences(of group: Group) -> [String] {
        group.more == 0 ? group.notes : group.notes + ["\(group.more) more like these."]
    }

    /// Formats a path in quotes, on one line.
    private static func shown(_ names: [ByteString]) -> String {
        let path = names.map(\.escaped).joined(separator: "/")
        return excerpt(of: path, limit: 200)
    }
}
