import Glibc

/// The address families of the system.
enum SocketFamily {
    /// Returns the address to bind for a configured one.
    ///
    /// `::` also serves IPv4, unless the system has no IPv6 or separates the families; then it becomes `0.0.0.0`.
    static func host(for host: String) -> String {
        host == "::" && !hasDualStack ? "0.0.0.0" : host
    }

    private static var hasDualStack: Bool {
        let descriptor = socket(AF_INET6, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var isApart: Int32 = 1
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &isApart, &length) == 0, isApart == 0 else {
            return false
        }
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in6>.size)) == 0
            }
        }
    }
}
