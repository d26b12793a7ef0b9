package import ClusterRunnerConcurrency

/// Proof that a request was made just now, for this run of this service, under the secret, and only once.
///
/// Travels in ``HeaderName/signature`` as `t=SECONDS,n=NONCE,r=RUN,s=HEX`. HEX is the HMAC-SHA512 of the method, the path
/// with its query, the run, the time, the nonce and the body's digest, each on a line of its own.
///
/// The run is the audience: the ``HeaderName/sessionID`` of the service that the request is for, which is a new one with
/// every start. A captured request is worth nothing at another service, nor at the same one after a restart. A name and a
/// port would not do: behind a proxy, an alias or a mapped port a service does not know its own. A caller learns the run from the
/// first refusal, which proves it; see ``ServerTime``.
package struct RequestSignature: Sendable, Equatable {
    /// When the request was made, in seconds since 1970.
    package let time: Int
    /// The run of the service that the request is for.
    package let run: String
    /// A value that is never used twice.
    package let nonce: String
    /// The HMAC, in hex.
    package let mac: String

    /// The run that a caller names before it has learned the right one.
    package static let unknownRun = "unknown"

    /// Signs a request, whose body's digest is one for ``MessageAuthenticator/Purpose/signedBody``.
    package init(
        method: String,
        path: String,
        bodyDigest: String,
        run: String,
        time: Int,
        nonce: String,
        authenticator: MessageAuthenticator
    ) throws {
        self.time = time
        self.run = run
        self.nonce = nonce
        let text = [method, path, run, String(time), nonce, bodyDigest].joined(separator: "\n")
        mac = try authenticator.digest(of: text.utf8, for: .signature)
    }

    /// Reads the header's value; nil when it is malformed.
    package init?(headerValue: String) {
        let fields = HeaderFields(headerValue)
        guard let time = fields["t"].flatMap({ Int($0) }), let nonce = fields["n"], let mac = fields["s"],
            let run = fields["r"], nonce.utf8.count <= 64, run.utf8.count <= 64
        else { return nil }
        self.time = time
        self.run = String(run)
        self.nonce = String(nonce)
        self.mac = String(mac)
    }

    /// The header's value.
    package var headerValue: String { "t=\(time),n=\(nonce),r=\(run),s=\(mac)" }

    /// Whether a header's value has the form of versions whose signatures name no service.
    package static func isOutdated(headerValue: String) -> Bool {
        let fields = HeaderFields(headerValue)
        return fields["r"] == nil && fields["t"] != nil && fields["n"] != nil && fields["s"] != nil
    }

    /// Whether it signs this request under the authenticator's secret.
    package func isValid(
        method: String,
        path: String,
        bodyDigest: String,
        authenticator: MessageAuthenticator
    ) throws -> Bool {
        let right = try RequestSignature(
            method: method,
            path: path,
            bodyDigest: bodyDigest,
            run: run,
            time: time,
            nonce: nonce,
            authenticator: authenticator
        )
        return MessageAuthenticator.isEqual(mac, right.mac)
    }
}

/// Remembers the nonces of recent requests, so that none is accepted twice.
///
/// Requests older or newer than the window are refused, so nonces need to be remembered no longer than that. Two
/// generations are kept and the older one dropped, which forgets in constant time. How long they are kept goes by the
/// uptime: a clock that is set makes nobody forget.
package struct ReplayGuard: Sendable {
    private let window: Int
    private var current: Set<String> = []
    private var previous: Set<String> = []
    private var rotatedAt: Duration?

    /// Creates a guard that accepts requests at most `window` seconds old or ahead.
    package init(window: Int = 300) {
        self.window = window
    }

    /// Why a signed request is not admitted.
    package enum Objection: Sendable, Equatable {
        /// It was signed too long ago, or ahead; the sentence says so.
        case time(String)
        /// It was received before; the sentence says so.
        case replay(String)
    }

    /// Admits a signed request, or says why not.
    package mutating func objection(to signature: RequestSignature, at now: Moment) -> Objection? {
        let wall = Int(now.wall)
        guard (wall - window...wall + window).contains(signature.time) else {
            return .time(
                "The request was signed at \(signature.time), but it is \(wall) here: more than \(window) s apart."
            )
        }
        rotate(at: now.uptime)
        guard !previous.contains(signature.nonce), current.insert(signature.nonce).inserted else {
            return .replay("The request was received before: its nonce \(signature.nonce) is used up.")
        }
        return nil
    }

    private mutating func rotate(at uptime: Duration) {
        let generation = Duration.seconds(2 * window)
        guard let last = rotatedAt else { return rotatedAt = uptime }
        guard uptime - last > generation else { return }
        previous = uptime - last > generation * 2 ? [] : current
        current = []
        rotatedAt = uptime
    }
}
