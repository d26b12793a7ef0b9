import ClusterRunnerAPI
import ClusterRunnerCore
import ClusterRunnerDashboard
import ClusterRunnerHTTP
import HTTPTypes
import Hummingbird
import Logging

/// The login, where reads need one.
extension DashboardRoutes {
    var loginRoutes: [Route] {
        [
            Route(.get, "dashboard/login", access: .open, isVersioned: false) { request in
                .page(dashboard.html(loginPage(next: request.fields["next"], isWrong: false)))
            },
            Route(.post, "dashboard/login", access: .open, body: .collected(limit: 16 << 10), isVersioned: false) {
                try logIn($0)
            },
        ]
    }

    private var isEncrypted: Bool { master.settings.endpoint.tls != nil }

    private func loginPage(next: String?, isWrong: Bool) -> LoginPage {
        LoginPage(next: next, isWrong: isWrong, isEncrypted: isEncrypted)
    }

    private func logIn(_ request: RouteRequest) throws -> Response {
        let fields = QueryString(String(decoding: request.body, as: UTF8.self))
        guard try master.readSessions.isSecret(fields["secret"] ?? "") else {
            master.logger.warning("A login to the dashboard failed: the secret was wrong.")
            return .page(dashboard.html(loginPage(next: fields["next"], isWrong: true)), status: .unauthorized)
        }
        var response = Response.redirect(to: LoginPage.localPath(fields["next"]), type: .normal)
        response.headers[.setCookie] = try master.readSessions.cookie(at: now, isEncrypted: isEncrypted)
        response.headers[.cacheControl] = "no-store"
        return response
    }
}
