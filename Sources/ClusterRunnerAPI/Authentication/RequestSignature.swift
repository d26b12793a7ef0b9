public import ClusterRunnerCore

/// Proof that a request was made just now by somebody who knows the secret, and only once.
///
/// Travels in ``HeaderName/signature`` as `t=SECONDS,n=NONCE,s=HEX`, where HEX is the HMAC-SHA512 of the method, the path
/// with its query, the time, the nonce and the body's digest, each on a line of its own. The body's digest
/// alone can be replayed; this cannot.
public struct RequestSignature: Sendable, Equatable {
    /// When the request was made, in seconds since 1970.
    public let time: Int
    /// A value that is never used twice.
    public let nonce: String
    /// The HMAC, in hex.
    public let mac: String

    /// Signs a request.
    public init(
        method: String,
        path: String,
        bodyDigest: String,
        time: Int,
        nonce: String,
        authenticator: MessageAuthenticator
    ) throws {
        self.time = time
        self.nonce = nonce
        let text = [method, path, String(time), nonce, bodyDigest].joined(separator: "\n")
        mac = try authenticator.digest(of: text.utf8)
    }

    /// Reads the header's value; nil when it is malformed.
    public init?(headerValue: String) {
        let fields = HeaderFields(headerValue)
        guard let time = fields["t"].flatMap({ Int($0) }), let nonce = fields["n"], let mac = fields["s"],
            nonce.count <= 64
        else { return nil }
        self.time = time
        self.nonce = String(nonce)
        self.mac = String(mac)
    }

    /// The header's value.
    public var headerValue: String { "t=\(time),n=\(nonce),s=\(mac)" }

    /// Whether it signs this request under the authenticator's secret.
    public func isValid(
        method: String,
        path: String,
        bodyDigest: String,
        authenticator: MessageAuthenticator
    ) throws -> Bool {
        let right = try RequestSignature(
            method: method,
            path: path,
            bodyDigest: bodyDigest,
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
public struct ReplayGuard: Sendable {
    private let window: Int
    private var current: Set<String> = []
    private var previous: Set<String> = []
    private var rotatedAt: Duration?

    /// Creates a guard that accepts requests at most `window` seconds old or ahead.
    public init(window: Int = 300) {
        self.window = window
    }

    /// Why a signed request is not admitted.
    public enum Objection: Sendable, Equatable {
        /// It was signed too long ago, or ahead; the sentence says so.
        case time(String)
        /// It was received before; the sentence says so.
        case replay(String)
    }

    /// Admits a signed request, or says why not.
    public mutating func objection(to signature: RequestSignature, at now: Moment) -> Objection? {
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
