import ClusterRunnerPlugin
import Foundation

/// The URL of a receiver of notifications.
package struct NotificationURL: Sendable, Equatable {
    /// The URL as it is configured.
    package let text: String
    /// The URL of requests, without user and password.
    package let address: String
    /// The value of the header `Authorization`, of the user and password in the URL; nil without them.
    package let authorization: String?

    /// Parses an absolute URL with the scheme http or https.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument`` that says what is wrong.
    package init(_ text: String) throws {
        guard let url = URLComponents(string: text), let scheme = url.scheme?.lowercased(),
            ["http", "https"].contains(scheme), let host = url.host, !host.isEmpty,
            url.port.map((1...65_535).contains) ?? true, url.fragment == nil,
            !text.unicodeScalars.contains(where: { $0.properties.isWhitespace || $0.value < 32 })
        else {
            throw ClusterRunnerError(
                .invalidArgument,
                "\"\(Credentials.masked(in: text))\" is no URL such as https://example.org/hook."
            )
        }
        self.text = text
        authorization = url.user.map { "Basic " + Data("\($0):\(url.password ?? "")".utf8).base64EncodedString() }
        var address = url
        (address.user, address.password, address.fragment) = (nil, nil, nil)
        self.address = address.string ?? text
    }
}

extension NotificationURL: CustomStringConvertible {
    /// The URL for logs: without credentials, and without its query, in which tokens stand.
    package var description: String {
        let masked = Credentials.masked(in: text)
        guard let question = masked.firstIndex(of: "?") else { return masked }
        return masked[..<question] + "?…"
    }
}
