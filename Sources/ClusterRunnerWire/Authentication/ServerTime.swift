/// The clock and the run of a service that refused a signature with another time or run, so that the caller can sign
/// again.
///
/// Travels in ``HeaderName/time`` as `t=SECONDS,r=RUN,s=HEX`. HEX is the HMAC-SHA512 of the seconds, the run and the
/// nonce of the refused request, each on a line of its own. Without the secret no attacker can set a caller's clock or
/// make it sign for another service, and no answer fits another request.
package struct ServerTime: Sendable, Equatable {
    /// The time of the service, in seconds since 1970.
    package let time: Int
    /// The run of the service.
    package let run: String
    /// The HMAC, in hex.
    package let mac: String

    /// Creates the answer to the request with `nonce`.
    package init(time: Int, run: String, nonce: String, authenticator: MessageAuthenticator) throws {
        self.time = time
        self.run = run
        mac = try authenticator.digest(of: [String(time), run, nonce].joined(separator: "\n").utf8, for: .time)
    }

    /// Parses the header's value; nil when it is malformed.
    package init?(headerValue: String) {
        let fields = HeaderFields(headerValue)
        guard let time = fields["t"].flatMap({ Int($0) }), let mac = fields["s"],
            let run = fields["r"]
        else { return nil }
        self.time = time
        self.run = String(run)
        self.mac = String(mac)
    }

    /// The header's value.
    package var headerValue: String { "t=\(time),r=\(run),s=\(mac)" }

    /// Whether it answers the request with `nonce`, under the authenticator's secret.
    package func isValid(nonce: String, authenticator: MessageAuthenticator) throws -> Bool {
        let right = try Self(time: time, run: run, nonce: nonce, authenticator: authenticator)
        return MessageAuthenticator.isEqual(mac, right.mac)
    }
}

/// The fields of a header's value of the form `a=1,b=2`.
struct HeaderFields {
    private var fields: [Substring: Substring] = [:]

    /// Splits a value into fields; a part without `=` makes the result empty.
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
