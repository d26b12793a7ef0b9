/// The names of the headers that the protocol defines.
public enum HeaderName {
    /// The HMAC-SHA512 of the raw body, in lower-case hex.
    public static let digest = "ClusterRunner-Message-Authentication-Digest"
    /// A ``RequestSignature``.
    public static let signature = "ClusterRunner-Signature"
    /// A ``ServerTime``.
    public static let time = "ClusterRunner-Time"
    /// The token that a slave was given when it registered.
    public static let slaveToken = "ClusterRunner-Slave-Token"
    /// The run of the service that answers; a request that names another is refused.
    public static let sessionID = "Session-Id"
    /// The run of the service that the caller expects, as clients of 1.x send it.
    public static let expectedSessionID = "Expected-Session-Id"
    /// The version of the API that the answer follows.
    public static let apiVersion = "Api-Version"
}
