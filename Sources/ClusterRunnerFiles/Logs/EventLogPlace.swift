/// The destination of a service's events.
package enum EventLogPlace: Sendable, Equatable {
    /// A file with this absolute path; at the limit, in bytes, a new one is begun.
    case file(String, sizeLimit: Int = 52_428_800)
    /// Standard output.
    case standardOutput

    /// The name of standard output in configurations and on the command line, as in ClusterRunner 1.x.
    package static let standardOutputName = "STDOUT"
}

extension EventLogPlace: CustomStringConvertible {
    /// The name of the place in messages.
    package var description: String {
        switch self {
        case .file(let path, _): path
        case .standardOutput: "on standard output"
        }
    }
}
