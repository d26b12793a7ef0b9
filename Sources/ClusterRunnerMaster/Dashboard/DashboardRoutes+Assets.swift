import ClusterRunnerDashboard
import ClusterRunnerHTTP
import ClusterRunnerPlugin
import HTTPTypes
import Hummingbird

/// The stylesheet, scripts and icon of the pages.
extension DashboardRoutes {
    var assetRoutes: [Route] {
        [
            Route(.get, "dashboard/assets/{tag}/{name}", access: .open, isVersioned: false) { request in
                try asset(request, isNewest: request.text("tag") == AssetShelf.current.tag)
            }
        ]
    }

    /// Answers with a file that browsers cache without limit, under a path that changes with its content.
    ///
    /// Requests from a page of another version are answered as well, uncached.
    private func asset(_ request: RouteRequest, isNewest: Bool) throws -> Response {
        let name = request.text("name")
        guard let file = AssetShelf.current.file(name) else {
            throw ClusterRunnerError(.notFound, "The dashboard has no file \"\(name)\".")
        }
        let tag = "\"\(AssetShelf.current.tag)\""
        var headers: HTTPFields = [
            .contentType: file.contentType, .eTag: tag, .xContentTypeOptions: "nosniff",
            .cacheControl: isNewest ? "public, max-age=31536000, immutable" : "no-cache",
        ]
        headers[.contentSecurityPolicy] = "default-src 'none'"
        if request.request.headers[.ifNoneMatch] == tag { return Response(status: .notModified, headers: headers) }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: .init(bytes: file.bytes)))
    }
}
