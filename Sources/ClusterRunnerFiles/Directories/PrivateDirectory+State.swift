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
        do {
            let directory = try OpenDirectory(path)
            guard try directory.next() == nil else { return .filled }
            return try directory.status().permissions == 0o700 ? .empty : .changed
        } catch {
            return state(ofFailure: error.number)
        }
    }

    private static func state(ofFailure number: Int32) -> State {
        switch number {
        case ENOENT: .missing
        case ENOTDIR, ELOOP: .replaced
        default: .unreadable(number)
        }
    }
}
