import Glibc

/// Host names and addresses as text.
package enum HostText {
    /// Whether a text is an IPv6 address without brackets; a zone such as `%eth0` may follow.
    package static func isIPv6Address(_ text: some StringProtocol) -> Bool {
        let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 1 || !parts[1].isEmpty else { return false }
        var address = in6_addr()
        return inet_pton(AF_INET6, String(parts[0]), &address) == 1
    }

    /// Formats `HOST:PORT`, with brackets around an IPv6 address.
    package static func authority(host: String, port: Int) -> String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
