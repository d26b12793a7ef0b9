import ClusterRunnerFiles
import ClusterRunnerJobFile
import ClusterRunnerPlugin

/// A search for the regular files below a directory that match one of several patterns; links are not followed.
struct ReportSearch {
    private let patterns: [PathPattern]
    private let root: ByteString
    /// The files, relative to the directory.
    private(set) var found: [ByteString] = []
    /// Whether there are more files than are looked at.
    private(set) var isCutShort = false
    private var left = Self.mostEntries

    /// The maximum number of directory entries that are looked at.
    private static let mostEntries = 100_000
    /// The maximum depth of folders.
    private static let mostFolders = 64

    init(patterns: [PathPattern], root: ByteString) {
        self.patterns = patterns
        self.root = root
    }

    /// Runs the search.
    mutating func run(_ isGivenUp: () -> Bool) { search([], isGivenUp) }

    private mutating func search(_ folder: [ByteString], _ isGivenUp: () -> Bool) {
        let path = folder.reduce(root) { $0.appending($1) }
        // The names of a path by which patterns are matched.
        let texts = folder.map(\.escaped)
        for name in DirectoryListing(at: path).names {
            guard left > 0, !isGivenUp() else { return isCutShort = true }
            left -= 1
            let entry = texts + [name.escaped]
            let matches = patterns.contains { $0.matches(entry) }
            guard matches || patterns.contains(where: { $0.mayMatch(below: entry) }) else { continue }
            switch FileStatus(path.appending(name).cString, in: -100)?.kind {
            case .regular? where matches: found.append(ByteString(names: folder + [name]))
            case .directory? where folder.count < Self.mostFolders: search(folder + [name], isGivenUp)
            default: break
            }
        }
    }
}
