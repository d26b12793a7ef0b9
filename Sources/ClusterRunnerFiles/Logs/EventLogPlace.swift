/// The destination of a service's events.
package enum EventLogPlace: Sendable, Equatable {
    /// A file with this absolute path.
    case file(String)
    /// Standard output.
    case standardOutput

    /// The name of standard output in configurations and on the command line, as in ClusterRunner 1.x.
    package static let standardOutputName = "STDOUT"
}

extension EventLogPlace: CustomStringConvertible {
    /// The name of the place in messages.
    package var description: String {
        switch self {
        case .file(let path): path
        case .standardOutput: "on standard output"
        }
    }
}
