import ClusterRunnerWire
package import HTTPTypes
package import Hummingbird

/// One thing a service answers: a method on a path.
package struct Route: Sendable {
    /// The method.
    package let method: HTTPRequest.Method
    /// The path without a version prefix, in singular nouns, with parameters in braces: `build/{build_id}`.
    package let path: String
    /// Who may call it.
    package let access: Access
    /// What it does with the request's body.
    package let body: Body
    /// The templates of the routes below it, by label, as answers to GET list them.
    package let childRoutes: [String: String]
    /// Whether it is part of the API, and found below `/v1` and `/v2` too; pages are not.
    package let isVersioned: Bool
    /// What to answer when it fails; nil, or an answer of nil, is the failure as JSON.
    let failure: (@Sendable (any Error, Request) -> Response?)?
    let handler: @Sendable (RouteRequest) async throws -> Response

    /// Who may call a route.
    package enum Access: Sendable {
        /// Everybody, always.
        case open
        /// Everybody, unless reads must be authenticated: then a login or a signature.
        case read
        /// A change that the API document describes: the body's digest is enough, unless `require_signature` is set.
        case documented
        /// A change by scripts of ClusterRunner 1.x: a digest is enough if `legacy_clients` is set.
        case legacy
        /// Any other change: the request must be signed.
        case change
        /// The talk of slaves with their master: the request must be signed.
        case component
    }

    /// What a route does with the request's body.
    package enum Body: Sendable {
        /// It reads none.
        case none
        /// It reads the whole, at most so many bytes, after it was verified.
        case collected(limit: Int)
        /// It takes the body in pieces, and verifies it with ``RouteRequest/receive(to:limit:)``.
        case streamed

        /// A JSON request of ordinary size: at most 8 MiB.
        package static let json = Self.collected(limit: 8 << 20)
    }

    /// Creates a route.
    package init(
        _ method: HTTPRequest.Method,
        _ path: String,
        access: Access,
        body: Body = .none,
        childRoutes: [String: String] = [:],
        isVersioned: Bool = true,
        failure: (@Sendable (any Error, Request) -> Response?)? = nil,
        handler: @escaping @Sendable (RouteRequest) async throws -> Response
    ) {
        self.method = method
        self.path = path
        self.access = access
        self.body = body
        self.childRoutes = childRoutes
        self.isVersioned = isVersioned
        self.failure = failure
        self.handler = handler
    }

    /// Creates a GET route that anybody may read.
    package static func get(
        _ path: String,
        access: Access = .read,
        childRoutes: [String: String] = [:],
        failure: (@Sendable (any Error, Request) -> Response?)? = nil,
        handler: @escaping @Sendable (RouteRequest) async throws -> Response
    ) -> Self {
        Self(.get, path, access: access, childRoutes: childRoutes, failure: failure, handler: handler)
    }
}

extension Route {
    /// Whether it is a part of the talk with slaves, and no transfer of files.
    var isMessage: Bool {
        guard access == .component else { return false }
        if case .streamed = body { return false }
        return true
    }

    /// The full paths under which a route is found, and the version that each stands for.
    ///
    /// Singular nouns are version 1, with or without `/v1`; plural ones are version 2, and `/v2` takes both.
    static func locations(of path: String, isVersioned: Bool = true) -> [(path: String, version: APIVersion)] {
        guard isVersioned else { return [(path, .v1)] }
        let plural = path.split(separator: "/").map { plurals[String($0)] ?? String($0) }.joined(separator: "/")
        var locations: [(String, APIVersion)] = [(path, .v1), ("v1/\(path)", .v1), ("v2/\(path)", .v2)]
        if plural != path { locations += [(plural, .v2), ("v2/\(plural)", .v2)] }
        return locations
    }

    private static let plurals = ["build": "builds", "subjob": "subjobs", "atom": "atoms", "slave": "slaves"]
}
