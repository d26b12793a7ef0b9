import ClusterRunnerPlugin

/// The outcome of a removal: the number of removed entries, and the entries that stay.
///
/// An entry that stays is not an error: a workspace may hold files of other users and mounted file systems.
package struct RemovalReport: Sendable {
    /// The number of files and directories that were removed.
    package internal(set) var removed = 0
    /// The number of entries that could not be removed, without the directories that stay because of them.
    package internal(set) var leftCount = 0
    /// The first of those entries.
    package internal(set) var left: [Leftover] = []

    /// An entry that could not be removed.
    package struct Leftover: Sendable, Equatable {
        /// Its path, which need not be UTF-8.
        package let path: [UInt8]
        /// The reason.
        package let reason: Reason
    }

    /// The reason why an entry stays.
    package enum Reason: Sendable, Equatable {
        /// Another file system is mounted there.
        case isMounted
        /// The system refused it, with this `errno`.
        case system(Int32)
        /// Another process moved the directory during the removal.
        case wasMoved
        /// The removal was interrupted.
        case wasInterrupted
    }

    /// Whether everything is gone.
    package var isComplete: Bool { leftCount == 0 }

    private static let listedEntries = 10

    /// Counts an entry that stays; the path is used only while ``isListing``.
    mutating func keep(_ path: [UInt8], _ reason: Reason) {
        if isListing { left.append(Leftover(path: path, reason: reason)) }
        leftCount += 1
    }

    /// Whether the next entry that stays is listed.
    var isListing: Bool { left.count < Self.listedEntries }
}

extension RemovalReport: CustomStringConvertible {
    /// A sentence that names the entries that stay.
    package var description: String {
        guard !isComplete else { return "\(removed) entries were removed." }
        let list = left.map { "\(String(decoding: $0.path, as: UTF8.self)) (\($0.reason))" }.joined(separator: ", ")
        let more = leftCount > left.count ? " and \(leftCount - left.count) more" : ""
        return "\(removed) entries were removed; these stay: \(list)\(more)."
    }
}

extension RemovalReport.Reason: CustomStringConvertible {
    package var description: String {
        switch self {
        case .isMounted: "another file system is mounted there"
        case .system(let number): systemMessage(number)
        case .wasMoved: "it was moved during the removal"
        case .wasInterrupted: "the removal was interrupted"
        }
    }
}
