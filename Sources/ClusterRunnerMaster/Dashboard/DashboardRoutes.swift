import ClusterRunnerConcurrency
import ClusterRunnerDashboard
import ClusterRunnerDomain
import ClusterRunnerHTTP
import ClusterRunnerPlugin
import ClusterRunnerWire
import HTTPTypes
import Hummingbird

/// The pages of the dashboard.
///
/// Stateless: each handler reads its data from the store, asks the coordinator about running work, and renders. No page
/// keeps the coordinator busy: nothing here walks the atoms of a build in memory.
struct DashboardRoutes: Sendable {
    let master: MasterRoutes
    let dashboard: Dashboard

    /// All routes.
    var all: [Route] {
        buildRoutes + historyRoutes + consoleRoutes + artifactRoutes + assetRoutes + loginRoutes
    }

    var store: any BuildStore { master.store }

    /// Seconds since 1970.
    var now: Double { master.timekeeper.now.wall }

    /// Makes a route for a page, which sends readers without permission to the login.
    func page<Shown: Page>(
        _ path: String,
        _ make: @escaping @Sendable (RouteRequest) async throws -> Shown
    ) -> Route {
        Route(.get, path, access: .read, isVersioned: false, failure: refusal) { request in
            .page(html(try await make(request)))
        }
    }

    /// The page for a refused or failed request.
    var refusal: @Sendable (any Error, Request) -> Response? {
        { error, request in
            guard let error = error as? ClusterRunnerError else { return nil }
            if error.code == .unauthenticated {
                return .redirect(to: DashboardPath.login(next: request.uri.string), type: .normal)
            }
            let page = ProblemPage(
                title: error.code == .notFound ? "Not found" : "That did not work",
                sentence: error.message
            )
            return .page(html(page), status: error.httpStatus)
        }
    }

    /// Returns what is known of a build beyond its record; nil when it has ended.
    func live(_ build: BuildRecord) async -> BuildLive? {
        guard !build.state.isFinal else { return nil }
        let news = await master.outlook(of: build.id)
        return BuildLive(
            waitingFor: news.waitingFor,
            hindrance: news.hindrance,
            outlook: news.outlook,
            running: news.running
        )
    }

    /// The names of the slaves that the master knows.
    var slaveNames: SlaveNames {
        get async { SlaveNames(await master.slaves()) }
    }

    /// Renders a page as it is now.
    func html(_ page: some Page) -> String { dashboard.html(page, now: now) }
}

extension RouteRequest {
    /// The fields of the query string, as HTML forms send them.
    var fields: QueryString { QueryString(request.uri.query ?? "") }
}

extension Response {
    /// Makes the answer for a page of the dashboard.
    static func page(_ html: String, status: HTTPResponse.Status = .ok) -> Response {
        var headers: HTTPFields = [.contentType: "text/html; charset=utf-8", .cacheControl: "no-store"]
        headers.append(contentsOf: HTTPFields.ofPages)
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: .init(string: html)))
    }
}

extension HTTPFields {
    /// The security headers of pages, which may load only files and data of this service.
    static var ofPages: HTTPFields {
        [
            .contentSecurityPolicy: "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
                + "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
            .xContentTypeOptions: "nosniff",
            .referrerPolicy: "same-origin",
            .crossOriginOpenerPolicy: "same-origin",
        ]
    }
}

extension HTTPField.Name {
    static let referrerPolicy = Self("Referrer-Policy") ?? .server
    static let crossOriginOpenerPolicy = Self("Cross-Origin-Opener-Policy") ?? .server
}
