import Hummingbird

/// The names under which a service on loopback accepts requests.
///
/// A page of any site can resolve its own name to 127.0.0.1 and read the answers of a local service (DNS rebinding).
/// The name in the request reveals it.
package struct LocalNames: Sendable {
    private let hostname: String

    /// Allows the names of this machine, and `hostname`, which a proxy in front of the service may pass on.
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

    /// Whole addresses only: 127.0.0.1.example.org may be any machine.
    private static func isLoopback(_ host: String) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
