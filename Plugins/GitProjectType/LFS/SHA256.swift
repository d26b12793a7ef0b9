import COpenSSL
import ClusterRunnerPlugin

/// An incremental SHA-256, by which Git LFS names contents.
final class SHA256 {
    private let context: OpaquePointer

    /// - Throws: ``ClusterRunnerError`` when libcrypto offers no SHA-256.
    init() throws {
        guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
            throw ClusterRunnerError(.failed, "libcrypto offers no SHA-256.")
        }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Adds bytes.
    func update(_ bytes: UnsafeRawBufferPointer) throws {
        guard EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1 else {
            throw ClusterRunnerError(.failed, "libcrypto could not hash the contents of a file.")
        }
    }

    /// Returns the hash of all bytes, in hexadecimal digits; called once, at the end.
    func finish() throws -> String {
        var bytes = [UInt8](repeating: 0, count: 32)
        guard EVP_DigestFinal_ex(context, &bytes, nil) == 1 else {
            throw ClusterRunnerError(.failed, "libcrypto could not hash the contents of a file.")
        }
        return bytes.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0\(digits)" : digits
        }.joined()
    }
}
