public import ClusterRunnerAPI
public import ClusterRunnerCore
import HTTPTypes
import Hummingbird

/// Decides whether a request may pass.
public final class RequestAuthentication: Sendable {
    let authenticator: MessageAuthenticator
    private let sessions: ReadSessions
    private let readsNeedDigest: Bool
    private let changesNeedSignature: Bool
    private let timekeeper: Timekeeper
    private let replays = Lock(ReplayGuard())

    /// Creates the checks of a service.
    ///
    /// - Parameters:
    ///   - authenticator: holds the secret.
    ///   - authenticateReads: whether reads need a digest, too.
    ///   - requireSignature: whether every change must be signed, not only those of the product's own components.
    ///   - timekeeper: tells how old a signature is.
    public init(
        authenticator: MessageAuthenticator,
        authenticateReads: Bool,
        requireSignature: Bool,
        timekeeper: Timekeeper = .system()
    ) {
        self.authenticator = authenticator
        self.sessions = ReadSessions(authenticator: authenticator)
        self.readsNeedDigest = authenticateReads
        self.changesNeedSignature = requireSignature
        self.timekeeper = timekeeper
    }

    /// Checks the headers of a request before its body is read.
    ///
    /// - Returns: Whether the body's digest must be verified.
    func check(_ request: Request, for access: Route.Access) throws -> Bool {
        switch access {
        case .open: return false
        case .read where !readsNeedDigest: return false
        case .read:
            if let cookie = request.headers[.cookie], try sessions.isLoggedIn(cookie, at: timekeeper.now.wall) {
                return false
            }
        case .change:
            if changesNeedSignature || request.headers[.signature] != nil { try checkSignature(request) }
        case .component: try checkSignature(request)
        }
        guard request.headers[.digest] != nil else { throw ClusterRunnerError.wrongDigest }
        return true
    }

    /// Checks a body against the digest in the header.
    func check(_ body: [UInt8], of request: Request) throws {
        let claimed = request.headers[.digest] ?? ""
        guard MessageAuthenticator.isEqual(claimed, try authenticator.digest(of: body)) else {
            throw ClusterRunnerError.wrongDigest
        }
    }

    private func checkSignature(_ request: Request) throws {
        guard let signature = request.headers[.signature].flatMap(RequestSignature.init(headerValue:)),
            try signature.isValid(
                method: request.method.rawValue,
                path: request.uri.string,
                bodyDigest: request.headers[.digest] ?? "",
                authenticator: authenticator
            )
        else {
            throw ClusterRunnerError(
                .unauthenticated,
                "\(request.method) \(request.uri.path) must be signed: \(HeaderName.signature) is missing or wrong."
            )
        }
        let now = timekeeper.now
        switch replays.withLock({ $0.objection(to: signature, at: now) }) {
        case nil: break
        case .replay(let sentence): throw ClusterRunnerError(.unauthenticated, sentence)
        case .time(let sentence):
            // Only who knows the secret comes this far.
            let time = try ServerTime(time: Int(now.wall), nonce: signature.nonce, authenticator: authenticator)
            throw ClockDifference(message: sentence, time: time)
        }
    }
}

/// A request was signed by a clock that differs too much; the answer tells the right time.
struct ClockDifference: Error {
    /// A sentence.
    let message: String
    /// What the clock here says.
    let time: ServerTime
}
