/// A machine with a disk and a clock.
enum Machine: Sendable, Hashable {
    case master
    /// A machine for slaves, which run on it one after the other.
    case seat(Int)

    /// The name of its base directory.
    var name: String {
        switch self {
        case .master: "master"
        case .seat(let number): "seat-\(number)"
        }
    }

    /// The role, for the kinds of faults.
    var role: String { self == .master ? "master" : "slave" }
}
