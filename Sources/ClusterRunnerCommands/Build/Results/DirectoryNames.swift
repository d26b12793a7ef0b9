import ClusterRunnerPlugin
import Glibc

/// The names in a directory.
enum DirectoryNames {
    /// Reads the names of all entries, sorted, except for `.` and `..`.
    static func read(_ path: String) throws -> [String] {
        guard let directory = opendir(path) else {
            throw ClusterRunnerError.system("The directory \(path) cannot be read", errno)
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}
