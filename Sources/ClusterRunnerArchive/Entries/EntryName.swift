import ClusterRunnerPlugin

/// The path of an archive entry, taken apart and known to stay inside the directory that the archive stands for.
///
/// Both the writer and the reader of archives go by it, so that what one writes the other takes.
struct EntryName: Equatable {
    /// The names from the directory down, without `.` and empty ones; none for the directory itself.
    let components: [ByteString]

    /// The most bytes of a path: the rest up to what the system allows is for the directory that it is extracted into.
    static let longest = 3_000
    /// The most names of a path: a directory is open for each while an archive is written.
    static let deepest = 256

    /// Checks a path from an archive, or for one.
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

    /// Why a path of so many bytes and names is not taken; nil when it is.
    static func fault(length: Int, depth: Int) -> String? {
        if length > longest { return "its path is longer than \(longest) bytes" }
        if depth > deepest { return "its path is deeper than \(deepest) folders" }
        return nil
    }

    /// The path, as short as it can be written.
    var path: ByteString { ByteString(names: components) }

    /// The entry's own name and those of the directories above it, or nil for the directory itself.
    var split: (parents: ArraySlice<ByteString>, last: ByteString)? {
        components.last.map { (components.dropLast(), $0) }
    }

    /// Checks that a symbolic link with this name and that target leads to something inside the directory, whatever
    /// other links the archive makes.
    func checkTarget(_ target: ByteString) throws {
        do throws(LinkRule.Fault) {
            _ = try LinkRule(place: components.dropLast()).target(target)
        } catch {
            throw ClusterRunnerError.refused(path, "its target \(error.text)")
        }
    }
}
