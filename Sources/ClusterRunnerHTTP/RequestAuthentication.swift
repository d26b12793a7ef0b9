package import ClusterRunnerConcurrency
import ClusterRunnerPlugin
package import ClusterRunnerWire
import HTTPTypes
import Hummingbird

/// The authentication of requests.
package final class RequestAuthentication: Sendable {
    let authenticator: MessageAuthenticator
    private let sessions: ReadSessions
    private let readsNeedProof: Bool
    private let changesNeedSignature: Bool
    private let legacyClients: Bool
    private let metricsToken: String?
    private let timekeeper: Timekeeper
    private let replays = Lock(ReplayGuard())
    let unverified = UnverifiedBytes()
    let connections = ConnectionTable()
    let refusals: RefusalLog

    /// Creates the checks of a service.
    ///
    /// - Parameters:
    ///   - authenticator: the holder of the keys.
    ///   - authenticateReads: whether reads also need a login or a signature.
    ///   - requireSignature: whether every change must be signed, including those of the API document.
    ///   - legacyClients: whether a digest is enough for ``Route/Access/legacy``.
    ///   - metricsToken: the token that reads the metrics; nil without one.
    ///   - timekeeper: the clock, for the age of signatures.
    package init(
        authenticator: MessageAuthenticator,
        authenticateReads: Bool,
        requireSignature: Bool,
        legacyClients: Bool = false,
        metricsToken: String? = nil,
        timekeeper: Timekeeper = .system()
    ) {
        self.authenticator = authenticator
        self.sessions = ReadSessions(authenticator: authenticator)
        self.readsNeedProof = authenticateReads
        self.changesNeedSignature = requireSignature
        self.legacyClients = legacyClients
        self.metricsToken = metricsToken
        self.timekeeper = timekeeper
        refusals = RefusalLog(timekeeper: timekeeper)
    }

    /// Checks the headers of a request to a run of the service, before its body is read.
    ///
    /// - Returns: The purpose of the body's digest; nil when the body needs none.
    func check(_ request: Request, for access: Route.Access, run: String) throws -> MessageAuthenticator.Purpose? {
        switch access {
        case .open: return nil
        case .read:
            if try !readsNeedProof || isLoggedIn(request) { return nil }
        case .metrics:
            if try !readsNeedProof || isLoggedIn(request) || hasMetricsToken(request) { return nil }
        case .documented, .legacy:
            if request.headers[.signature] == nil, isDigestEnough(for: access) {
                guard request.headers[.digest] != nil else { throw ClusterRunnerError.wrongDigest }
                return .body
            }
        case .change, .component: break
        }
        try checkSignature(request, access, run)
        return .signedBody
    }

    /// Checks the digest of a body against the one in the header.
    func check(digest: consuming MessageAuthenticator.Incremental, of request: Request) throws {
        guard MessageAuthenticator.isEqual(request.headers[.digest] ?? "", try digest.finish()) else {
            throw ClusterRunnerError.wrongDigest
        }
    }

    private func isLoggedIn(_ request: Request) throws -> Bool {
        guard let cookie = request.headers[.cookie] else { return false }
        return try sessions.isLoggedIn(cookie, at: timekeeper.now.wall)
    }

    /// Whether a request has the token of the metrics (RFC 6750), compared in constant time.
    private func hasMetricsToken(_ request: Request) -> Bool {
        guard let metricsToken, let header = request.headers[.authorization] else { return false }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return false }
        return MessageAuthenticator.isEqual(String(parts[1].drop { $0 == " " }), metricsToken)
    }

    private func isDigestEnough(for access: Route.Access) -> Bool {
        !changesNeedSignature && (access == .documented || legacyClients)
    }

    private func checkSignature(_ request: Request, _ access: Route.Access, _ run: String) throws {
        guard let signature = request.headers[.signature].flatMap(RequestSignature.init(headerValue:)),
            try signature.isValid(
                method: request.method.rawValue,
                path: request.uri.string,
                bodyDigest: request.headers[.digest] ?? "",
                authenticator: authenticator
            )
        else { throw refusal(of: request, access) }
        let now = timekeeper.now
        guard signature.run == run else {
            throw try signAgain(signature, run, now, "The request was signed for another run of a service than this.")
        }
        switch replays.withLock({ $0.objection(to: signature, at: now) }) {
        case nil: break
        case .replay(let sentence): throw ClusterRunnerError(.unauthenticated, sentence)
        case .time(let sentence): throw try signAgain(signature, run, now, sentence)
        }
    }

    /// Sends the clock and the run, but only to a caller that knows the secret.
    private func signAgain(
        _ signature: RequestSignature,
        _ run: String,
        _ now: Moment,
        _ sentence: String
    ) throws -> OtherAudience {
        let time = try ServerTime(
            time: Int(now.wall),
            run: run,
            nonce: signature.nonce,
            authenticator: authenticator
        )
        return OtherAudience(message: sentence, time: time)
    }

    private func refusal(of request: Request, _ access: Route.Access) -> ClusterRunnerError {
        if access == .metrics, request.headers[.signature] == nil {
            let found = request.headers[.authorization] == nil ? "has none" : "has another one"
            return ClusterRunnerError(
                .unauthenticated,
                "\(request.method) \(request.uri.path) needs the token of metrics_token_file, as "
                    + "\"Authorization: Bearer TOKEN\", or a login or a signature. The request \(found)."
            )
        }
        let what = "\(request.method) \(request.uri.path) must be signed: \(HeaderName.signature)"
        let header = request.headers[.signature]
        if let header, RequestSignature.isOutdated(headerValue: header) {
            return ClusterRunnerError(
                .unauthenticated,
                "\(what) has the form of an earlier version, which names no service. Update ClusterRunner on the machine that "
                    + "sent it; master, slaves and commands of one cluster need the same version."
            )
        }
        let hint = access == .legacy && header == nil && !changesNeedSignature
        return ClusterRunnerError(
            .unauthenticated,
            "\(what) is missing or wrong.\(hint ? " legacy_clients = True lets scripts of ClusterRunner 1.x do without." : "")"
        )
    }
}

/// A signature for another run, or by a clock that differs too much; the answer has both.
struct OtherAudience: Error {
    /// The error sentence.
    let message: String
    /// The service's own clock and run.
    let time: ServerTime
}
