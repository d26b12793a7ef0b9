import AsyncHTTPClient
import NIOCore
import NIOSSL

extension HTTPClient.Configuration {
    /// Makes the configuration for requests that callers retry by themselves, and that follow no redirection.
    ///
    /// `trustedCertificate` is a PEM file with a certificate to trust in addition to the system's, such as a private one.
    static func withoutRetries(trusting trustedCertificate: String?) -> Self {
        var configuration = Self()
        configuration.timeout.connect = .seconds(5)
        // A refused connection is an answer.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        configuration.redirectConfiguration = .disallow
        if let trustedCertificate {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.additionalTrustRoots = [.file(trustedCertificate)]
            configuration.tlsConfiguration = tls
        }
        return configuration
    }
}
