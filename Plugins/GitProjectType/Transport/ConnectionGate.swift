import CGit2
import ClusterRunnerConcurrency
import Foundation
import Glibc

/// Keeps credentials on their own server, where libgit2 does not.
///
/// The library sends a header with credentials along when the server redirects it to another port or scheme of the same
/// host. So it makes its connections here, and those of a conversation with credentials lead to one place only.
enum ConnectionGate {
    /// A host and a port.
    struct Place: Hashable {
        let host: String
        let port: String

        init(host: String, port: String) {
            (self.host, self.port) = (host.lowercased().filter { $0 != "[" && $0 != "]" }, port)
        }

        /// The server of an address of http.
        init(of url: GitURL) {
            self.init(host: url.host, port: url.port.map(String.init) ?? (url.scheme == .https ? "443" : "80"))
        }
    }

    /// The places that the conversations on these threads may lead to.
    private static let limits = Lock<[pthread_t: Set<Place>]>([:])

    /// Makes the library ask here for its connections.
    static func install() {
        _ = clusterrunner_git_connect_by { out, host, port in
            guard let out, let host, let port else { return GIT_ERROR.rawValue }
            return ConnectionGate.open(out, host, port)
        }
    }

    /// Runs `body`, in which connections of this thread may lead to these places only.
    static func limiting<Result>(to places: Set<Place>, _ body: () throws -> Result) rethrows -> Result {
        let thread = pthread_self()
        limits.withLock { $0[thread] = places }
        defer { limits.withLock { $0[thread] = nil } }
        return try body()
    }

    private static func open(
        _ out: UnsafeMutablePointer<UnsafeMutablePointer<git_stream>?>,
        _ host: UnsafePointer<CChar>,
        _ port: UnsafePointer<CChar>
    ) -> Int32 {
        let place = Place(host: String(cString: host), port: String(cString: port))
        let isAllowed = limits.withLock { $0[pthread_self()]?.contains(place) ?? true }
        guard isAllowed else {
            let message =
                "the server redirects to \(place.host), port \(place.port), where the credentials must not be sent: use that "
                + "address in the request"
            git_error_set_str(Int32(GIT_ERROR_NET.rawValue), message)
            return GIT_ERROR.rawValue
        }
        return clusterrunner_git_make_socket(out, host, port)
    }
}

extension ConnectionGate.Place {
    /// The proxies of the account, which a conversation may begin at.
    static func proxies(in environment: [String: String]) -> Set<Self> {
        let names: Set = ["http_proxy", "https_proxy", "all_proxy"]
        let texts =
            environment.filter { names.contains($0.key.lowercased()) }.values + [configuredProxy].compactMap { $0 }
        return Set(
            texts.compactMap { text in
                let url = URLComponents(string: text.contains("://") ? text : "http://\(text)")
                guard let url, let host = url.host else { return nil }
                return Self(host: host, port: "\(url.port ?? (url.scheme == "https" ? 443 : 80))")
            }
        )
    }

    private static var configuredProxy: String? {
        try? withHandle(freedBy: git_config_free, from: { git_config_open_default(&$0) }) { configuration in
            var buffer = git_buf()
            defer { git_buf_dispose(&buffer) }
            try checked(git_config_get_string_buf(&buffer, configuration, "http.proxy"))
            return buffer.ptr.map { String(cString: $0) }
        }
    }
}
