package import ClusterRunnerWire

/// The logins of browsers, if reads need the secret.
///
/// A login is a cookie with its expiry time and an HMAC of it under a key of its own. No state is kept here, and a
/// login survives a restart. It permits reads only.
package struct ReadSessions: Sendable {
    /// The duration of a login in seconds.
    package static let seconds = 12 * 60 * 60

    private static let name = "clusterrunner_read"
    private let authenticator: MessageAuthenticator

    /// Creates logins under the authenticator's secret.
    package init(authenticator: MessageAuthenticator) {
        self.authenticator = authenticator
    }

    /// Whether a text is the secret, compared in constant time.
    package func isSecret(_ text: String) throws -> Bool {
        let question = Array("clusterrunner: is this the secret?".utf8)
        let claimed = try MessageAuthenticator(key: Array(text.utf8)).digest(of: question, for: .cookie)
        return MessageAuthenticator.isEqual(claimed, try authenticator.digest(of: question, for: .cookie))
    }

    /// Makes the header `Set-Cookie` of a login at a time in seconds since 1970.
    package func cookie(at now: Double, isEncrypted: Bool) throws -> String {
        let end = Int(now) + Self.seconds
        let attributes = "Path=/; Max-Age=\(Self.seconds); HttpOnly; SameSite=Strict"
        return "\(Self.name)=\(end).\(try mac(of: end)); \(attributes)\(isEncrypted ? "; Secure" : "")"
    }

    /// Whether a header `Cookie` holds an unexpired login.
    func isLoggedIn(_ header: String, at now: Double) throws -> Bool {
        for pair in header.split(separator: ";") {
            let parts = pair.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, parts[0] == Self.name else { continue }
            let value = parts[1].split(separator: ".", omittingEmptySubsequences: false)
            guard value.count == 2, let end = Int(value[0]), Double(end) > now else { continue }
            if MessageAuthenticator.isEqual(String(value[1]), try mac(of: end)) { return true }
        }
        return false
    }

    private func mac(of end: Int) throws -> String {
        try authenticator.digest(of: "clusterrunner: may read until \(end)".utf8, for: .cookie)
    }
}
