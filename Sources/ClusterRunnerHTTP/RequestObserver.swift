import HTTPTypes
import Hummingbird

/// An observer of answered requests, such as the metrics of a service.
package protocol RequestObserver: Sendable {
    /// Records an answer; must not wait.
    ///
    /// - Parameters:
    ///   - method: the method, or `other` for one that no route has.
    ///   - route: the template of the route, such as `/v1/build/{build_id}`, the same for all versions of the API, or
    ///     `unmatched` for a request that reached no route.
    ///   - status: the status of the answer.
    ///   - duration: the time from the head of the request to the head of the answer.
    func answered(method: String, route: String, status: Int, after duration: Duration)
}

/// The routes of requests as observers are told of them: as many as the service has, whatever requests arrive.
struct RouteLabels: Sendable {
    /// The templates, by the locations of the router.
    private let templates: [String: String]

    /// The label of a request that reached no route.
    static let unmatched = "unmatched"

    init(_ routes: [Route]) {
        var templates: [String: String] = [:]
        for route in routes {
            for location in Route.locations(of: route.path, isVersioned: route.isVersioned) {
                templates[Self.key(location.path)] = route.template
            }
        }
        self.templates = templates
    }

    /// Returns the template of the route that answered a request.
    func route(of context: ServiceContext) -> String {
        context.endpointPath.flatMap { templates[Self.key($0)] } ?? Self.unmatched
    }

    /// Returns the method of a request.
    static func method(of request: Request) -> String {
        methods.contains(request.method) ? request.method.rawValue : "other"
    }

    private static let methods: Set<HTTPRequest.Method> = [
        .get, .head, .post, .put, .delete, .patch, .options, .trace,
    ]

    /// Returns a path without the slashes at its ends, which the router may add.
    private static func key(_ path: String) -> String {
        path.split(separator: "/").joined(separator: "/")
    }
}

extension Route {
    /// The path that stands for all locations of the route.
    var template: String {
        let parts = (isVersioned ? ["v1"] : []) + path.split(separator: "/").map(String.init)
        return "/" + parts.joined(separator: "/")
    }
}
