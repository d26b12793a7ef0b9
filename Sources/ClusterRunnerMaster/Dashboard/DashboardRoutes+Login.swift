import ClusterRunnerDashboard
import ClusterRunnerHTTP
import ClusterRunnerWire
import HTTPTypes
import Hummingbird
import Logging

/// The login, if reads need one.
extension DashboardRoutes {
    var loginRoutes: [Route] {
        [
            Route(.get, "dashboard/login", access: .open, isVersioned: false) { request in
                .page(html(loginPage(next: request.fields["next"], isWrong: false)))
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

    /// Refuses any attempt before the wait is over, right or wrong, so that guessing reveals nothing.
    private func tooSoon(_ seconds: Int) -> Response {
        let page = html(ProblemPage(title: "Too many attempts", sentence: "Try again in \(seconds) s."))
        var response = Response.page(page, status: .tooManyRequests)
        response.headers[.retryAfter] = "\(seconds)"
        return response
    }

    private func logIn(_ request: RouteRequest) throws -> Response {
        let fields = QueryString(String(decoding: request.body, as: UTF8.self))
        let address = request.connection.address
        if let seconds = master.logins.wait(for: address) {
            return tooSoon(seconds)
        }
        guard try master.readSessions.isSecret(fields["secret"] ?? "") else {
            master.logins.ended(from: address, isRight: false)
            master.logger.warning("A login to the dashboard from \(address) failed: the secret was wrong.")
            return .page(html(loginPage(next: fields["next"], isWrong: true)), status: .unauthorized)
        }
        master.logins.ended(from: address, isRight: true)
        var response = Response.redirect(to: LoginPage.localPath(fields["next"]), type: .normal)
        response.headers[.setCookie] = try master.readSessions.cookie(at: now, isEncrypted: isEncrypted)
        response.headers[.cacheControl] = "no-store"
        return response
    }
}
