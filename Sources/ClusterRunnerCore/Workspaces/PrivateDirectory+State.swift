import Foundation

extension PrivateDirectory {
    /// What has become of a directory since ``create(_:)`` made it.
    package enum State: Sendable {
        /// It is as it was made.
        case empty
        /// Something is in it.
        case filled
        /// Nothing is in it, but it has other permissions.
        case changed
        /// It is not there.
        case missing
    }

    /// Looks at a directory.
    ///
    /// - Throws: ``ClusterRunnerError`` when it cannot be opened, or is none.
    package static func state(_ path: String) throws -> State {
        guard let directory = opendir(path) else {
            if errno == ENOENT { return .missing }
            throw ClusterRunnerError(.failed, "The directory \(path) cannot be read: \(systemMessage(errno)).")
        }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            if !isItselfOrAbove(entry) { return .filled }
        }
        var status = stat()
        guard fstat(dirfd(directory), &status) == 0 else { return .changed }
        return status.st_mode & 0o7777 == 0o700 ? .empty : .changed
    }

    /// Whether an entry is `.` or `..`.
    private static func isItselfOrAbove(_ entry: UnsafeMutablePointer<dirent>) -> Bool {
        withUnsafeBytes(of: &entry.pointee.d_name) { name in
            let dot = UInt8(ascii: ".")
            return name[0] == dot && (name[1] == 0 || name[1] == dot && name[2] == 0)
        }
    }
}
