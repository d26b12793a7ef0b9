/// The error that every ClusterRunner module throws across its public boundary.
public struct ClusterRunnerError: Error, Sendable {
    /// The kind of failure.
    ///
    /// Routes map it to an HTTP status, commands to an exit code; each mapping stands in exactly one place.
    public let code: Code
    /// A sentence for the person who must act: what was wrong, with which value, and what would be right.
    ///
    /// URLs in it have no credentials.
    public let message: String
    /// The error that led to this one, if another library threw it.
    public let cause: (any Error)?

    /// Creates an error.
    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = Credentials.masked(in: message)
        self.cause = cause
    }
}

extension ClusterRunnerError {
    /// The kinds of failure.
    ///
    /// A struct rather than an enum, so that a new kind does not break the plugins that switch over it.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        public let description: String

        /// The request is malformed: the caller must change it.
        public static let invalidArgument = Self(description: "invalid argument")
        /// The caller did not prove that it knows the secret.
        package static let unauthenticated = Self(description: "unauthenticated")
        /// Nothing with that identifier exists.
        public static let notFound = Self(description: "not found")
        /// The thing exists, but is not in a state that allows this.
        public static let invalidState = Self(description: "invalid state")
        /// The caller speaks to another run of the service than it believes.
        package static let sessionExpired = Self(description: "session expired")
        /// The body, file or archive is larger than allowed.
        public static let tooLarge = Self(description: "too large")
        /// The service cannot take this now; the same call may succeed later.
        public static let unavailable = Self(description: "unavailable")
        /// Something outside this program failed: a command, a server, a disk.
        public static let failed = Self(description: "failed")
    }
}

extension ClusterRunnerError: CustomStringConvertible {
    public var description: String {
        cause.map { "\(message) (cause: \(Credentials.masked(in: "\($0)")))" } ?? message
    }
}
