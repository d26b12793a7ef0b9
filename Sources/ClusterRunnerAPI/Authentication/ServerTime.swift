/// What a service says of its clock when a request was signed too long ago or ahead, so that the caller can sign again.
///
/// Travels in ``HeaderName/time`` as `t=SECONDS,s=HEX`, where HEX is the HMAC-SHA512 of the word `time`, the seconds and
/// the nonce of the refused request, each on a line of its own: nobody without the secret can set a caller's clock,
/// and no answer fits another request.
public struct ServerTime: Sendable, Equatable {
    /// The time of the service, in seconds since 1970.
    public let time: Int
    /// The HMAC, in hex.
    public let mac: String

    /// Answers the request that had `nonce`.
    public init(time: Int, nonce: String, authenticator: MessageAuthenticator) throws {
        self.time = time
        mac = try authenticator.digest(of: ["time", String(time), nonce].joined(separator: "\n").utf8)
    }

    /// Reads the header's value; nil when it is malformed.
    public init?(headerValue: String) {
        let fields = HeaderFields(headerValue)
        guard let time = fields["t"].flatMap({ Int($0) }), let mac = fields["s"] else { return nil }
        self.time = time
        self.mac = String(mac)
    }

    /// The header's value.
    public var headerValue: String { "t=\(time),s=\(mac)" }

    /// Whether it answers the request that had `nonce`, under the authenticator's secret.
    public func isValid(nonce: String, authenticator: MessageAuthenticator) throws -> Bool {
        let right = try Self(time: time, nonce: nonce, authenticator: authenticator)
        return MessageAuthenticator.isEqual(mac, right.mac)
    }
}

/// The fields of a header's value of the form `a=1,b=2`.
struct HeaderFields {
    private var fields: [Substring: Substring] = [:]

    /// Takes a value apart; what has no `=` makes it empty.
    init(_ value: String) {
        for field in value.split(separator: ",") {
            let parts = field.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else {
                fields = [:]
                return
            }
            fields[parts[0]] = parts[1]
        }
    }

    subscript(name: Substring) -> Substring? { fields[name] }
}
