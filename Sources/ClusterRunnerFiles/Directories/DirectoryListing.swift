package import ClusterRunnerPlugin
import Glibc

/// The names in a directory, in the order of their bytes.
package struct DirectoryListing: Sendable {
    package let names: [ByteString]
    /// The reason why the reading ended early; nil when the listing is complete.
    package let fault: SystemFault?

    /// Reads the directory at a path; a link to a directory is one only with `followingLinks`.
    package init(at path: ByteString, followingLinks: Bool = false) {
        self.init { () throws(SystemFault) in try OpenDirectory(path.cString, followingLinks: followingLinks) }
    }

    /// Reads an open directory from its beginning; the position of the descriptor is unchanged.
    package init(of descriptor: Int32) {
        self.init { () throws(SystemFault) in try OpenDirectory(".", in: descriptor) }
    }

    /// Returns the names that are UTF-8 in the directory at a path; none when it cannot be read.
    ///
    /// For directories in which a service names the entries.
    package static func texts(in path: String) -> [String] {
        Self(at: ByteString(path), followingLinks: true).names.compactMap(\.text)
    }

    private init(_ open: () throws(SystemFault) -> OpenDirectory) {
        var names: [ByteString] = []
        var fault: SystemFault?
        do {
            let directory = try open()
            while let entry = try directory.next() { names.append(ByteString(cString: entry.cString)) }
        } catch {
            fault = error
        }
        self.names = names.sorted()
        self.fault = fault
    }
}
