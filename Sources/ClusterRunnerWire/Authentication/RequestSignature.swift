package import ClusterRunnerConcurrency

/// Proof that a request was made recently, for this run of this service, with the secret, and only once.
///
/// Travels in ``HeaderName/signature`` as `t=SECONDS,n=NONCE,r=RUN,s=HEX`. HEX is the HMAC-SHA512 of the method, the
/// path with its query, the run, the time, the nonce and the body's digest, each on a line of its own.
///
/// The run is the audience: the ``HeaderName/sessionID`` of the addressed service, which changes at each start. A
/// captured request is invalid at any other service, and at the same one after a restart. A name and a port would not
/// do: behind a proxy, an alias or a mapped port a service does not know its own. A caller learns the run from the
/// first refusal, which proves it; see ``ServerTime``.
package struct RequestSignature: Sendable, Equatable {
    /// The time of the request, in seconds since 1970.
    package let time: Int
    /// The run of the addressed service.
    package let run: String
    /// A value that is used only once.
    package let nonce: String
    /// The HMAC, in hex.
    package let mac: String

    /// The placeholder for a run that the caller does not know yet.
    package static let unknownRun = "unknown"

    /// Signs a request; the digest of its body must be for ``MessageAuthenticator/Purpose/signedBody``.
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

    /// Parses the header's value; nil when it is malformed.
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

    /// Whether a header's value has the form of versions whose signatures do not name a service.
    package static func isOutdated(headerValue: String) -> Bool {
        let fields = HeaderFields(headerValue)
        return fields["r"] == nil && fields["t"] != nil && fields["n"] != nil && fields["s"] != nil
    }

    /// Whether the signature is valid for this request under the authenticator's secret.
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

/// A memory of the nonces of recent requests, against replays.
///
/// Requests outside the time window are refused, so nonces are kept only for that time. There are two generations, and
/// the older one is dropped as a whole, which takes constant time. Their age is measured in uptime, so that a change of
/// the clock forgets no nonce.
package struct ReplayGuard: Sendable {
    private let window: Int
    private var current: Set<String> = []
    private var previous: Set<String> = []
    private var rotatedAt: Duration?

    /// Creates a guard that accepts requests at most `window` seconds old or ahead.
    package init(window: Int = 300) {
        self.window = window
    }

    /// The reason why a signed request is refused.
    package enum Objection: Sendable, Equatable {
        /// The request was signed too long ago, or in the future; the sentence says so.
        case time(String)
        /// The request was received before; the sentence says so.
        case replay(String)
    }

    /// Admits a signed request; otherwise returns the reason.
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
