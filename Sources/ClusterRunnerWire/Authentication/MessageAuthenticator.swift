import COpenSSL
import ClusterRunnerPlugin

/// The keys of a cluster, one for each purpose, for HMAC-SHA512 digests in lower-case hex.
///
/// The digest of a body travels in ``HeaderName/digest``.
package final class MessageAuthenticator: Sendable {
    private let templates: [Purpose: Template]

    /// The purpose of a key; a digest for one purpose is invalid for all others.
    package enum Purpose: String, Sendable, CaseIterable {
        /// The body of a request without a signature: the key is the secret itself, as the API documents it.
        case body
        /// The body of a request with a signature; the digest is invalid without the signature.
        case signedBody = "signed body"
        /// A ``RequestSignature``.
        case signature
        /// A ``ServerTime``.
        case time
        /// The login of a browser.
        case cookie
        /// The secret of the master of one build, which is derived from the build's key.
        case buildKey = "build key"
    }

    /// Derives the keys from a secret.
    ///
    /// The keys except ``Purpose/body`` are HKDF-SHA512 of the secret (RFC 5869). The secret is the message of the
    /// first step and never its key, so that no digest of a body reveals any of them, whatever the body is.
    ///
    /// - Throws: ``ClusterRunnerError`` when libcrypto offers no HMAC-SHA512.
    package init(key: [UInt8]) throws {
        let root = try Template(key: Array("clusterrunner".utf8)).digest(of: key)
        var templates = [Purpose.body: try Template(key: key)]
        for purpose in Purpose.allCases where purpose != .body {
            let derived = try Template(key: root).digest(of: Array("clusterrunner \(purpose.rawValue)\u{1}".utf8))
            templates[purpose] = try Template(key: derived)
        }
        self.templates = templates
    }

    /// Computes the digest of a whole message.
    package func digest(of message: some Sequence<UInt8>, for purpose: Purpose = .body) throws -> String {
        var digest = try begin(purpose)
        try digest.update(Array(message))
        return try digest.finish()
    }

    /// Starts the digest of a message that arrives in pieces.
    package func begin(_ purpose: Purpose = .body) throws -> Incremental {
        guard let template = templates[purpose] else {
            throw ClusterRunnerError(.failed, "There is no key for the purpose \(purpose.rawValue).")
        }
        return try template.begin()
    }

    /// Whether two digests are equal; the comparison takes constant time.
    package static func isEqual(_ left: String, _ right: String) -> Bool {
        let a = Array(left.utf8)
        let b = Array(right.utf8)
        return a.count == b.count && CRYPTO_memcmp(a, b, a.count) == 0
    }

    /// An incomplete digest.
    package struct Incremental: ~Copyable {
        private let context: OpaquePointer

        fileprivate init(context: OpaquePointer) {
            self.context = context
        }

        deinit { EVP_MAC_CTX_free(context) }

        /// Adds the next piece of the body.
        package mutating func update(_ bytes: some Collection<UInt8>) throws {
            let result = bytes.withContiguousStorageIfAvailable { EVP_MAC_update(context, $0.baseAddress, $0.count) }
            let status =
                result ?? Array(bytes).withUnsafeBufferPointer { EVP_MAC_update(context, $0.baseAddress, $0.count) }
            guard status == 1 else { throw libcryptoError("update the digest") }
        }

        /// Returns the digest of all pieces.
        package consuming func finish() throws -> String { hexadecimal(try finishBytes()) }

        fileprivate consuming func finishBytes() throws -> [UInt8] {
            var bytes = [UInt8](repeating: 0, count: 64)
            var count = 0
            guard EVP_MAC_final(context, &bytes, &count, bytes.count) == 1 else {
                throw libcryptoError("finish the digest")
            }
            return Array(bytes.prefix(count))
        }
    }

    /// A keyed context, created once: a copy is cheaper than fetching and keying one for each message.
    ///
    /// Unchecked: the context is never changed after `init`, and libcrypto allows copies of an unchanging context from
    /// several threads.
    private final class Template: @unchecked Sendable {
        private let context: OpaquePointer

        init(key: [UInt8]) throws {
            let mac = EVP_MAC_fetch(nil, "HMAC", nil)
            defer { EVP_MAC_free(mac) }
            guard let mac, let context = EVP_MAC_CTX_new(mac) else { throw libcryptoError("find HMAC") }
            self.context = context
            var digest = Array("SHA512".utf8CString)
            // A parameter keeps pointers to its name and its value, so both must live until they were read.
            let status = Array("digest".utf8CString).withUnsafeBufferPointer { name in
                digest.withUnsafeMutableBufferPointer { digest in
                    let parameters = [
                        OSSL_PARAM_construct_utf8_string(name.baseAddress, digest.baseAddress, 0),
                        OSSL_PARAM_construct_end(),
                    ]
                    return EVP_MAC_init(context, key, key.count, parameters)
                }
            }
            guard status == 1 else { throw libcryptoError("key HMAC-SHA512") }
        }

        deinit { EVP_MAC_CTX_free(context) }

        func begin() throws -> Incremental {
            guard let copy = EVP_MAC_CTX_dup(context) else { throw libcryptoError("copy a digest") }
            return Incremental(context: copy)
        }

        func digest(of message: [UInt8]) throws -> [UInt8] {
            var digest = try begin()
            try digest.update(message)
            return try digest.finishBytes()
        }
    }
}

private func libcryptoError(_ what: String) -> ClusterRunnerError {
    ClusterRunnerError(.failed, "libcrypto could not \(what) (error \(ERR_get_error())).")
}

private func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return String(decoding: text, as: UTF8.self)
}
