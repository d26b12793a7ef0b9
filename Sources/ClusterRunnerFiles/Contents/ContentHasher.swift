import COpenSSL
import ClusterRunnerPlugin

/// An incremental SHA-256 of a content.
package final class ContentHasher {
    private let context: OpaquePointer

    /// - Throws: ``ClusterRunnerError`` when libcrypto offers no SHA-256.
    package init() throws {
        guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
            throw ClusterRunnerError(.failed, "libcrypto offers no SHA-256.")
        }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Adds bytes.
    package func update(_ bytes: UnsafeRawBufferPointer) throws {
        guard EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1 else { throw ContentHash.failure }
    }

    /// Returns the hash of all bytes; called once, at the end.
    package func finish() throws -> ContentHash {
        try ContentHash { EVP_DigestFinal_ex(context, $0, nil) == 1 }
    }
}
