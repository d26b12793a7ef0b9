import CGit2
import ClusterRunnerConcurrency
import Foundation
import Glibc

/// A gate for libgit2's connections, which keeps credentials on their own server.
///
/// When the server redirects to another port or scheme of the same host, the library sends a header with credentials
/// along. It therefore opens its connections here, and a conversation with credentials may reach permitted places only.
enum ConnectionGate {
    /// A host and a port.
    struct Place: Hashable {
        let host: String
        let port: String

        init(host: String, port: String) {
            (self.host, self.port) = (host.lowercased().filter { $0 != "[" && $0 != "]" }, port)
        }

        /// Creates the place of the server of an http address.
        init(of url: GitURL) {
            self.init(host: url.host, port: url.port.map(String.init) ?? (url.scheme == .https ? "443" : "80"))
        }
    }

    /// The permitted places of the conversations on these threads.
    private static let limits = Lock<[pthread_t: Set<Place>]>([:])

    /// Makes the library open its connections here.
    static func install() {
        _ = clusterrunner_git_connect_by { out, host, port in
            guard let out, let host, let port else { return GIT_ERROR.rawValue }
            return ConnectionGate.open(out, host, port)
        }
    }

    /// Runs `body` while connections of this thread may reach these places only.
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
    /// Returns the proxies of the account, which a conversation may connect to first.
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
