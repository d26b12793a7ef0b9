/// Who has a disk and a clock.
enum Machine: Sendable, Hashable {
    case master
    /// The one that slaves run on, one after the other.
    case seat(Int)

    /// The name of its base directory.
    var name: String {
        switch self {
        case .master: "master"
        case .seat(let number): "seat-\(number)"
        }
    }

    /// What it is, for the kinds of faults.
    var role: String { self == .master ? "master" : "slave" }
}
