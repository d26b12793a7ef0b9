import AsyncHTTPClient
import ClusterRunnerFiles
import ClusterRunnerPlugin
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

    /// Checks that a file holds certificates; the client itself would tell at the first connection, without the path.
    static func checkCertificates(_ path: String) throws {
        let bytes: [UInt8]
        do {
            let file = try RegularFile(path)
            bytes = try file.bytes(count: file.size)
        } catch {
            throw ClusterRunnerError(
                .invalidArgument,
                "The certificates to trust (https_ca_file) cannot be read from \(path): \(clause: error)."
            )
        }
        guard let certificates = try? NIOSSLCertificate.fromPEMBytes(bytes), !certificates.isEmpty else {
            throw ClusterRunnerError(
                .invalidArgument,
                "\(path) holds no certificate (PEM) to trust. https_ca_file names it, or else https_cert_file."
            )
        }
    }
}
