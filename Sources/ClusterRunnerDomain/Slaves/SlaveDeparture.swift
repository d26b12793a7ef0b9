/// The ways in which a slave departs from the cluster; events have them as `kind`.
package enum SlaveDeparture: String, Sendable, CaseIterable {
    /// It said goodbye, with no work left.
    case left
    /// A new process registered under its address.
    case replaced
    /// It gave no sign of life for too long.
    case silent
}
