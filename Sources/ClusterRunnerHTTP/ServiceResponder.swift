import ClusterRunnerPlugin
import ClusterRunnerWire
import Foundation
import HTTPTypes
package import Hummingbird
import Logging
import NIOCore

/// Answers the requests of a service: finds the route, makes the common checks, and turns every error into JSON.
package struct ServiceResponder: HTTPResponder {
    package typealias Context = ServiceContext

    private let router: RouterResponder<Context>
    private let sessionID: String
    private let corsOrigins: OriginPattern?
    private let localNames: LocalNames?
    private let labels: RouteLabels
    private let observer: (any RequestObserver)?
    /// The open connections of the service.
    let connections: ConnectionTable

    /// Creates a responder.
    ///
    /// - Parameters:
    ///   - routes: the routes of the service.
    ///   - authentication: the checks of callers.
    ///   - sessionID: the run of the service, a UUID.
    ///   - corsOrigins: the web origins whose scripts may read the answers; nil allows no other origin.
    ///   - localNames: the names under which it accepts requests; nil accepts any.
    ///   - observer: the observer of answered requests.
    package init(
        routes: [Route],
        authentication: RequestAuthentication,
        sessionID: String,
        corsOrigins: OriginPattern? = nil,
        localNames: LocalNames? = nil,
        observer: (any RequestObserver)? = nil
    ) {
        self.sessionID = sessionID
        self.localNames = localNames
        self.observer = observer
        labels = RouteLabels(routes)
        connections = authentication.connections
        self.corsOrigins = corsOrigins
        router = Self.makeRouter(routes, authentication, sessionID).buildResponder()
    }

    package func respond(to request: Request, context: Context) async throws -> Response {
        let start = ContinuousClock.now
        let response = await finish(answer(request, context), to: request, context)
        observer?.answered(
            method: RouteLabels.method(of: request),
            route: labels.route(of: context),
            status: response.status.code,
            after: start.duration(to: .now)
        )
        return response
    }

    /// Adds what all answers have.
    private func finish(_ response: Response, to request: Request, _ context: Context) -> Response {
        var response = response
        // Failures have bodies as well, and a client would take the body after a HEAD for the next answer.
        if request.method == .head { response = response.createHeadResponse() }
        // A client without permission to send its body may not send it, so the connection cannot be reused.
        if request.expectsContinue, response.status.code >= 400 { response.headers[.connection] = "close" }
        response.headers[.sessionID] = sessionID
        if response.headers[.apiVersion] == nil { response.headers[.apiVersion] = "1" }
        if let origin = request.headers[.origin], let corsOrigins {
            if corsOrigins.allows(origin) {
                response.headers[.accessControlAllowOrigin] = origin
                response.headers[.accessControlExposeHeaders] = Self.exposedHeaders
                response.headers[.vary] = "Origin"
            } else {
                context.logger.notice("cors_allowed_origins_regex does not allow the origin \"\(origin.prefix(200))\".")
            }
        }
        return response
    }

    /// The additional headers that scripts of allowed origins may read.
    private static let exposedHeaders = [HeaderName.sessionID, HeaderName.apiVersion].joined(separator: ", ")

    private func answer(_ request: Request, _ context: Context) async -> Response {
        do {
            try checkHost(of: request)
            try localNames?.check(request)
            try checkSession(of: request)
            if request.method == .options, request.headers[.accessControlRequestMethod] != nil { return preflight() }
            let response = try await router.respond(to: request, context: context)
            // The router's own answer to an unknown path has no body; answers of routes always have one.
            guard response.status == .notFound, response.body.contentLength == 0 else { return response }
            throw ClusterRunnerError(.notFound, "There is nothing at \(request.uri.path).")
        } catch {
            let isRead = request.method == .get || request.method == .head
            return .failure(error, childRoutes: isRead ? [:] : nil)
        }
    }

    /// Refuses a second `Host` (RFC 9112, 3.2), because a proxy may have used the other one.
    private func checkHost(of request: Request) throws {
        guard let further = request.headers[.furtherHost] else { return }
        let first = request.head.authority ?? ""
        throw ClusterRunnerError(
            .invalidArgument,
            "The request has several Host headers, \"\(first.prefix(100))\" and \"\(further.prefix(100))\". Send one."
        )
    }

    private func checkSession(of request: Request) throws {
        for name in [HTTPField.Name.sessionID, .expectedSessionID] {
            guard let expected = request.headers[name], expected != sessionID else { continue }
            throw ClusterRunnerError(
                .sessionExpired,
                "Specified session id: \(expected.prefix(100)) has expired and is invalid."
            )
        }
    }

    private func preflight() -> Response {
        let headers = [
            HeaderName.digest, HeaderName.signature, HeaderName.sessionID, HeaderName.expectedSessionID, "Content-Type",
            "Accept",
        ]
        return Response(
            status: .noContent,
            headers: [
                .accessControlAllowMethods: "GET, HEAD, POST, PUT, DELETE",
                .accessControlAllowHeaders: headers.joined(separator: ", "),
                .accessControlMaxAge: "600",
            ]
        )
    }
}

// MARK: The router

extension ServiceResponder {
    private static func makeRouter(
        _ routes: [Route],
        _ authentication: RequestAuthentication,
        _ run: String
    ) -> Router<Context> {
        let router = Router(context: Context.self, options: .autoGenerateHeadEndpoints)
        let lane = SlaveRequestExecutor()
        for (path, group) in Dictionary(grouping: routes, by: \.path) {
            let isVersioned = group.allSatisfy(\.isVersioned)
            for (location, version) in Route.locations(of: path, isVersioned: isVersioned) {
                for route in group {
                    let endpoint = Endpoint(
                        route: route,
                        pathVersion: version,
                        authentication: authentication,
                        run: run,
                        lane: route.isMessage ? lane : nil
                    )
                    router.on(RouterPath(location), method: route.method, responder: endpoint)
                }
                refuseOtherMethods(of: group.map(\.method), at: location, in: router)
            }
        }
        return router
    }

    /// Answers other methods with 405 and `Allow`, which the router does not do by itself.
    private static func refuseOtherMethods(
        of known: [HTTPRequest.Method],
        at location: String,
        in router: Router<Context>
    ) {
        let allowed = known.contains(.get) ? known + [.head] : known
        let allow = allowed.map(\.rawValue).sorted().joined(separator: ", ")
        for method in [HTTPRequest.Method.get, .head, .post, .put, .delete, .patch, .options, .trace]
        where !allowed.contains(method) {
            router.on(RouterPath(location), method: method) { request, _ -> Response in
                let sentence = "\(request.method) is not allowed at \(request.uri.path). Allowed: \(allow)."
                var response = try Response.json(
                    FailureAnswer(sentence),
                    status: .methodNotAllowed,
                    childRoutes: request.method == .get ? [:] : nil
                )
                response.headers[.allow] = allow
                return response
            }
        }
    }

    /// One route at one of its paths.
    private struct Endpoint: HTTPResponder {
        let route: Route
        let pathVersion: APIVersion
        let authentication: RequestAuthentication
        let run: String
        let lane: SlaveRequestExecutor?

        func respond(to request: Request, context: Context) async throws -> Response {
            await withTaskExecutorPreference(lane) { await answer(request, context) }
        }

        private func answer(_ request: Request, _ context: Context) async -> Response {
            let version = request.headers[.accept].flatMap(APIVersion.init(accept:)) ?? pathVersion
            var response: Response
            do {
                response = try await perform(request, context, version)
            } catch {
                let isRead = request.method == .get || request.method == .head
                response =
                    route.failure?(error, request) ?? .failure(error, childRoutes: isRead ? route.childRoutes : nil)
                note(error, request, context)
                if response.status == .internalServerError {
                    context.logger.error("\(request.method) \(request.uri.path) failed: \(error)")
                }
            }
            response.headers[.apiVersion] = String(version.rawValue)
            return response
        }

        /// Logs a wrong proof with its address, except for reads that only need a login.
        private func note(_ error: any Error, _ request: Request, _ context: Context) {
            if let error = error as? IncompleteBody {
                let what = "\(request.method) \(request.uri.path) from \(context.connection.address)"
                context.logger.debug("The body of \(what) broke off: \(error.cause)")
            }
            guard let error = error as? ClusterRunnerError, error.code == .unauthenticated,
                !route.access.isRead || request.hasProof
            else { return }
            let sentence = "\(request.method) \(request.uri.path): \(error.message)"
            authentication.refusals.add(sentence, from: context.connection.address, to: context.logger)
        }

        private func perform(_ request: Request, _ context: Context, _ version: APIVersion) async throws -> Response {
            let purpose = try authentication.check(request, for: route.access, run: run)
            if purpose == .signedBody { authentication.connections.trust(context.connection.id) }
            var body: [UInt8] = []
            switch route.body {
            case .collected(let limit):
                body = try await authentication.collect(request, upTo: limit, purpose, context.connection)
            case .none:
                if let purpose { try authentication.check(emptyBodyOf: request, purpose) }
            case .streamed:
                break  // The handler verifies it, piece by piece.
            }
            return try await route.handler(
                RouteRequest(
                    version: version,
                    body: body,
                    request: request,
                    connection: context.connection,
                    parameters: context.parameters,
                    authentication: authentication,
                    purpose: purpose,
                    lane: lane,
                    childRoutes: route.childRoutes
                )
            )
        }
    }
}

extension Request {
    /// Whether it brings a digest, a signature or a token, right or wrong.
    fileprivate var hasProof: Bool {
        headers[.signature] ?? headers[.digest] ?? headers[.authorization] != nil
    }
}
