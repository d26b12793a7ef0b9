import Foundation

extension PrivateDirectory {
    /// The state of a directory since ``create(_:)`` made it.
    package enum State: Sendable, Equatable {
        /// Unchanged.
        case empty
        /// It has entries.
        case filled
        /// It has no entries, but other permissions.
        case changed
        /// It does not exist.
        case missing
        /// Something else is in its place, such as a file or a link.
        case replaced
        /// It cannot be read, for the reason with this number.
        case unreadable(Int32)
    }

    /// Examines a directory; a link to a directory is not one.
    package static func state(_ path: String) -> State {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return state(ofFailure: errno) }
        guard let directory = fdopendir(descriptor) else {
            defer { close(descriptor) }
            return .unreadable(errno)
        }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            if !isItselfOrAbove(entry) { return .filled }
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return .changed }
        return status.st_mode & 0o7777 == 0o700 ? .empty : .changed
    }

    private static func state(ofFailure number: Int32) -> State {
        switch number {
        case ENOENT: .missing
        case ENOTDIR, ELOOP: .replaced
        default: .unreadable(number)
        }
    }

    /// Whether an entry is `.` or `..`.
    private static func isItselfOrAbove(_ entry: UnsafeMutablePointer<dirent>) -> Bool {
        withUnsafeBytes(of: &entry.pointee.d_name) { name in
            let dot = UInt8(ascii: ".")
            return name[0] == dot && (name[1] == 0 || name[1] == dot && name[2] == 0)
        }
    }
}
