import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerHTTP
import ClusterRunnerPlugin
import ClusterRunnerWire
import Hummingbird

/// The archives of results.
extension MasterRoutes {
    var artifactRoutes: [Route] {
        [
            .get("build/{build_id}/result") { request in
                try redirectToArchive(of: try await build(request), request)
            },
            .get("build/{build_id}/artifacts.tar.gz") { request in
                try archive(of: try await build(request), as: .tarGzip, "application/gzip", request)
            },
            .get("build/{build_id}/artifacts.zip") { request in
                try archive(of: try await build(request), as: .zip, "application/zip", request)
            },
        ]
    }

    func redirectToArchive(of build: BuildRecord, _ request: RouteRequest) throws -> Response {
        guard build.state.isFinal else { return try notReady(build, request) }
        return .redirect(to: APIPath.artifacts(build: build.id, format: "tar.gz"), type: .found)
    }

    private func archive(
        of build: BuildRecord,
        as format: ArchiveFormat,
        _ contentType: String,
        _ request: RouteRequest
    ) throws -> Response {
        guard build.state.isFinal else { return try notReady(build, request) }
        var archive = ResultsArchive(build: build, store: store, folders: folders)
        archive.selection = try selection(request)
        let entries = archive.entries()
        var response = Response.stream(
            archiver.stream(entries, as: format),
            contentType: contentType,
            fileName: "build-\(build.id)-artifacts.\(format.rawValue)"
        )
        // It is packed while it is sent, so its size and the bytes at an offset are not known before.
        response.headers[.acceptRanges] = "none"
        return response
    }

    /// Reads `atoms=all`, `failed` or `none`: the atoms whose directories are requested.
    private func selection(_ request: RouteRequest) throws -> ResultsSelection {
        guard let text = request.query("atoms") else { return .all }
        guard let selection = ResultsSelection(rawValue: text) else {
            throw ClusterRunnerError(.invalidArgument, "\"atoms\" must be all, failed or none, not \"\(text)\".")
        }
        return selection
    }

    private func notReady(_ build: BuildRecord, _ request: RouteRequest) throws -> Response {
        try request.respond(MessageAnswer("Build \(build.id) is not finished."), status: .accepted)
    }
}
