/// The names of the headers that the protocol defines.
package enum HeaderName {
    /// The HMAC-SHA512 of the raw body, in lower-case hex.
    package static let digest = "ClusterRunner-Message-Authentication-Digest"
    /// A ``RequestSignature``.
    package static let signature = "ClusterRunner-Signature"
    /// A ``ServerTime``.
    package static let time = "ClusterRunner-Time"
    /// The id of a notification, which is the same for every attempt.
    package static let delivery = "ClusterRunner-Delivery"
    /// The token from a slave's registration.
    package static let slaveToken = "ClusterRunner-Slave-Token"
    /// The run of the answering service; a request that names another run is refused.
    package static let sessionID = "Session-Id"
    /// The run of the service that the caller expects, as sent by clients of 1.x.
    package static let expectedSessionID = "Expected-Session-Id"
    /// The version of the API that the answer conforms to.
    package static let apiVersion = "Api-Version"
}
