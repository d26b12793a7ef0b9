import Hummingbird

/// The names by which a service that listens on loopback may be addressed.
///
/// A page of any site can make its own name mean 127.0.0.1 and read what a local service answers (DNS rebinding); the name
/// in the request gives it away.
package struct LocalNames: Sendable {
    private let hostname: String

    /// Allows this machine's own names, and `hostname`: a proxy in front of the service may pass it on.
    package init(hostname: String) {
        self.hostname = hostname.lowercased()
    }

    /// Refuses a request to another name.
    func check(_ request: Request) throws {
        guard let authority = request.head.authority, !allows(authority) else { return }
        throw HTTPError(
            .misdirectedRequest,
            message: "This service listens for programs of its machine only and is not \(authority). "
                + "A proxy in front of it needs that name as \"hostname\" in clusterrunner.conf."
        )
    }

    func allows(_ authority: String) -> Bool {
        let host = Self.host(of: authority).lowercased()
        let isLocal = host == "localhost" || host.hasSuffix(".localhost") || host == "[::1]" || Self.isLoopback(host)
        return isLocal || host == hostname
    }

    private static func host(of authority: String) -> Substring {
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") { return authority[...end] }
        return authority.prefix { $0 != ":" }
    }

    /// Only whole addresses: 127.0.0.1.example.org belongs to somebody else.
    private static func isLoopback(_ host: String) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
