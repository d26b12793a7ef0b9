/// The names of the headers that the protocol defines.
package enum HeaderName {
    /// The HMAC-SHA512 of the raw body, in lower-case hex.
    package static let digest = "ClusterRunner-Message-Authentication-Digest"
    /// A ``RequestSignature``.
    package static let signature = "ClusterRunner-Signature"
    /// A ``ServerTime``.
    package static let time = "ClusterRunner-Time"
    /// The token that a slave was given when it registered.
    package static let slaveToken = "ClusterRunner-Slave-Token"
    /// The run of the service that answers; a request that names another is refused.
    package static let sessionID = "Session-Id"
    /// The run of the service that the caller expects, as clients of 1.x send it.
    package static let expectedSessionID = "Expected-Session-Id"
    /// The version of the API that the answer follows.
    package static let apiVersion = "Api-Version"
}
