import AsyncHTTPClient
import ClusterRunnerPlugin
import Foundation
import NIOHTTP1

/// One request of a download, and the next one after a redirection.
///
/// The user and password of a URL are sent in a header to its own host, port and scheme only, never to the target of a
/// redirection. A download never leaves TLS.
struct DownloadRequest {
    private let url: URLComponents
    private let origin: Origin
    private let credentials: String?
    private let redirections: Int

    /// The maximum number of redirections in one download.
    private static let most = 5

    private struct Origin: Equatable {
        let scheme: String
        let host: String
        let port: Int

        init?(_ url: URLComponents) {
            guard let scheme = url.scheme?.lowercased(), ["http", "https"].contains(scheme),
                let host = url.host?.lowercased(), !host.isEmpty
            else { return nil }
            (self.scheme, self.host) = (scheme, host)
            port = url.port ?? (scheme == "https" ? 443 : 80)
        }
    }

    /// Creates the request for a URI.
    init(_ uri: String) throws {
        guard let url = URLComponents(string: uri), let origin = Origin(url) else {
            throw ClusterRunnerError(.invalidArgument, "The remote file \(uri) is no URL of a file.")
        }
        self.origin = origin
        credentials = url.user.map { Data("\($0):\(url.password ?? "")".utf8).base64EncodedString() }
        self.url = Self.withoutCredentials(url)
        redirections = 0
    }

    private init(_ url: URLComponents, _ origin: Origin, _ credentials: String?, _ redirections: Int) {
        (self.url, self.origin, self.credentials, self.redirections) = (url, origin, credentials, redirections)
    }

    /// The request in the HTTP client's type.
    var message: HTTPClientRequest {
        var request = HTTPClientRequest(url: url.string ?? "")
        if let credentials, Origin(url) == origin {
            request.headers.add(name: "Authorization", value: "Basic \(credentials)")
        }
        return request
    }

    /// Returns the request for a redirection; nil for any other answer.
    func next(_ response: HTTPClientResponse) throws -> Self? {
        guard [301, 302, 303, 307, 308].contains(response.status.code),
            let location = response.headers.first(name: "Location")
        else { return nil }
        let shown = url.string ?? ""
        guard redirections < Self.most else {
            throw ClusterRunnerError(.failed, "\(shown) is the end of \(Self.most) redirections; no more are followed.")
        }
        guard let base = url.url, let target = URL(string: location, relativeTo: base),
            let next = URLComponents(url: target, resolvingAgainstBaseURL: true), let nextOrigin = Origin(next)
        else { throw ClusterRunnerError(.failed, "\(shown) redirects to \(location), which is no http or https URL.") }
        guard nextOrigin.scheme == "https" || url.scheme?.lowercased() != "https" else {
            throw ClusterRunnerError(.failed, "\(shown) redirects to \(location), which is not encrypted.")
        }
        return Self(Self.withoutCredentials(next), origin, credentials, redirections + 1)
    }

    private static func withoutCredentials(_ url: URLComponents) -> URLComponents {
        var url = url
        (url.user, url.password, url.fragment) = (nil, nil, nil)
        return url
    }
}
