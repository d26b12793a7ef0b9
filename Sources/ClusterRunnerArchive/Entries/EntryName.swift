import ClusterRunnerPlugin

/// The path of an archive entry, verified to stay inside the directory of the archive.
///
/// Writer and reader share this rule, so that the reader accepts whatever the writer writes.
struct EntryName: Equatable {
    /// The names from the directory down, without `.` and empty ones; empty for the directory itself.
    let components: [ByteString]

    /// Maximum length of a path in bytes: the rest of the system's limit is left for the directory of the extraction.
    static let longest = 3_000
    /// Maximum number of names in a path: one directory is open for each while an archive is written.
    static let deepest = 256

    /// Checks a path from or for an archive.
    init(_ path: ByteString) throws {
        guard !path.isEmpty else { throw ClusterRunnerError.refused(path, "its path is empty") }
        guard !path.isAbsolute else { throw ClusterRunnerError.refused(path, "its path is absolute") }
        guard !path.withBytes({ $0.contains(0) }) else {
            throw ClusterRunnerError.refused(path, "its path holds a zero byte")
        }
        components = path.names.filter { $0 != "." }
        guard !components.contains("..") else {
            throw ClusterRunnerError.refused(path, "it leads outside the directory")
        }
        if let fault = Self.fault(length: self.path.count, depth: components.count) {
            throw ClusterRunnerError.refused(path, fault)
        }
    }

    /// Returns the reason why a path of that length and depth is refused; nil when it is accepted.
    static func fault(length: Int, depth: Int) -> String? {
        if length > longest { return "its path is longer than \(longest) bytes" }
        if depth > deepest { return "its path is deeper than \(deepest) folders" }
        return nil
    }

    /// The path in its shortest form.
    var path: ByteString { ByteString(names: components) }

    /// The entry's own name and its parent directories; nil for the directory itself.
    var split: (parents: ArraySlice<ByteString>, last: ByteString)? {
        components.last.map { (components.dropLast(), $0) }
    }

    /// Checks that a symbolic link with this name and that target leads to a place inside the directory, whatever other
    /// links the archive contains.
    func checkTarget(_ target: ByteString) throws {
        do throws(LinkRule.Fault) {
            _ = try LinkRule(place: components.dropLast()).target(target)
        } catch {
            throw ClusterRunnerError.refused(path, "its target \(error.text)")
        }
    }
}
