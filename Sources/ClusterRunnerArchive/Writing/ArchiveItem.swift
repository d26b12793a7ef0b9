import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation

/// An item on the disk to be archived, with its name in the archive.
struct ArchiveItem {
    let place: ItemPlace
    /// The names of its path in the archive.
    let names: [ByteString]
    /// The length of that path in bytes.
    let length: Int
    let bounds: Bounds

    /// The bounds of the links below an entry of the archive.
    final class Bounds {
        /// Number of names in the path of the enclosing directory, which links may not leave.
        let depth: Int
        let knownAs: [ByteString]
        /// The enclosing directory; nil while it is not open.
        var directory: SharedFile?

        init(depth: Int, knownAs: [ByteString]) {
            self.depth = depth
            self.knownAs = knownAs
        }
    }

    init(place: ItemPlace, names: [ByteString], length: Int, bounds: Bounds) {
        self.place = place
        self.names = names
        self.length = length
        self.bounds = bounds
    }

    /// Returns an entry of this item's directory.
    func child(_ name: ByteString, in directory: SharedFile) -> Self {
        Self(
            place: ItemPlace(directory: directory, name: name),
            names: names + [name],
            length: length + 1 + name.count,
            bounds: bounds
        )
    }

    var path: ByteString { ByteString(names: names) }

    /// The rule for a link at this place.
    var linkRule: LinkRule {
        LinkRule(place: names.dropLast().dropFirst(bounds.depth), knownAs: bounds.knownAs, isDirectory: isDirectory)
    }

    private func isDirectory(_ names: [ByteString]) -> Bool {
        var directory = bounds.directory
        for name in names {
            guard let parent = directory else { return false }
            directory = try? ItemPlace(directory: parent, name: name).open(O_DIRECTORY)
        }
        return directory != nil
    }
}
