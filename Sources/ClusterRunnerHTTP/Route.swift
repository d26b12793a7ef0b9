import ClusterRunnerWire
package import HTTPTypes
package import Hummingbird

/// A route of a service: a method on a path.
package struct Route: Sendable {
    /// The method.
    package let method: HTTPRequest.Method
    /// The path without a version prefix, in singular nouns, with parameters in braces: `build/{build_id}`.
    package let path: String
    /// The access rule.
    package let access: Access
    /// The handling of the request's body.
    package let body: Body
    /// The templates of child routes, by label, which answers to GET list.
    package let childRoutes: [String: String]
    /// Whether it is part of the API, and therefore also below `/v1` and `/v2`; pages are not.
    package let isVersioned: Bool
    /// Makes the answer to a failure; nil, or a nil answer, sends the failure as JSON.
    let failure: (@Sendable (any Error, Request) -> Response?)?
    let handler: @Sendable (RouteRequest) async throws -> Response

    /// The access rules of routes.
    package enum Access: String, Sendable {
        /// Open to all.
        case open
        /// Open to all, unless reads must be authenticated by a login or a signature.
        case read
        /// A read for programs that cannot sign: like ``read``, or with the token of the metrics.
        case metrics
        /// A change that the API document describes: the body's digest is enough, unless `require_signature` is set.
        case documented
        /// A change by scripts of ClusterRunner 1.x: a digest is enough if `legacy_clients` is set.
        case legacy
        /// Any other change, which must be signed.
        case change
        /// A message between slave and master, which must be signed.
        case component
    }

    /// The ways to handle a request's body.
    package enum Body: Sendable {
        /// The route reads no body.
        case none
        /// The route reads the whole body, up to `limit` bytes, after it was verified.
        case collected(limit: Int)
        /// The handler takes the body in pieces and verifies it with ``RouteRequest/receive(to:limit:)``.
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

    /// Creates a GET route that is open to readers.
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

extension Route.Access {
    /// Whether it is a read that needs no proof unless reads must be authenticated.
    var isRead: Bool { self == .read || self == .metrics }
}

extension Route {
    /// Whether it is a message of the slave protocol, except for transfers of files.
    var isMessage: Bool {
        guard access == .component else { return false }
        if case .streamed = body { return false }
        return true
    }

    /// The paths under which the OpenAPI document describes the route; the others are the same.
    ///
    /// One in each version, and in version 1 only for messages between the parts of ClusterRunner. Pages have none.
    package var describedPaths: [String] {
        guard isVersioned else { return [] }
        let locations = Self.locations(of: path)
        let places = access == .component ? [locations[1]] : [locations[1], locations[locations.count - 1]]
        return places.map { "/" + $0.path.split(separator: "/").joined(separator: "/") }
    }

    /// Returns the full paths of a route, each with its API version.
    ///
    /// Singular nouns are version 1, with or without `/v1`; plural ones are version 2, and `/v2` takes both.
    static func locations(of path: String, isVersioned: Bool = true) -> [(path: String, version: APIVersion)] {
        guard isVersioned else { return [(path, .v1)] }
        let plural = path.split(separator: "/").map { plurals[String($0)] ?? String($0) }.joined(separator: "/")
        var locations: [(String, APIVersion)] = [(path, .v1), ("v1/\(path)", .v1), ("v2/\(path)", .v2)]
        if plural != path { locations += [(plural, .v2), ("v2/\(plural)", .v2)] }
        return locations
    }

    private static let plurals = [
        "build": "builds", "subjob": "subjobs", "atom": "atoms", "case": "cases", "slave": "slaves",
    ]
}
