package import ClusterRunnerPlugin
import Glibc

/// The names in a directory, in the order of their bytes.
package struct DirectoryListing: Sendable {
    package let names: [ByteString]
    /// The `errno` that ended the reading early; nil when the listing is complete.
    package let fault: Int32?

    /// Reads the directory at a path; a link to a directory is not one.
    package init(at path: ByteString) {
        self.init(OpenDirectory(path.cString, in: AT_FDCWD))
    }

    /// Reads an open directory from its beginning; the position of the descriptor is unchanged.
    package init(of descriptor: Int32) {
        self.init(OpenDirectory(".", in: descriptor))
    }

    private init(_ directory: OpenDirectory?) {
        guard let directory else {
            (names, fault) = ([], errno)
            return
        }
        defer { directory.close() }
        var names: [ByteString] = []
        fault = directory.forEachEntry { name, _ in names.append(ByteString(cString: name)) }
        self.names = names.sorted()
    }
}
