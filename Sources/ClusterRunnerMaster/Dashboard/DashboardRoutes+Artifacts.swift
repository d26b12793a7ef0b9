import ClusterRunnerDashboard
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerHTTP
import ClusterRunnerPlugin
import HTTPTypes
import Hummingbird
import NIOCore

/// The files of a build's results.
extension DashboardRoutes {
    var artifactRoutes: [Route] {
        [
            page("dashboard/builds/{build_id}/artifacts") { try await folder($0) },
            Route(
                .get,
                "dashboard/builds/{build_id}/artifacts/file",
                access: .read,
                isVersioned: false,
                failure: refusal
            ) { try await file($0) },
        ]
    }

    /// The bytes of a file that are in memory at a time for each reader.
    private static let pieceSize = 256 << 10

    private func folder(_ request: RouteRequest) async throws -> ArtifactsPage {
        let build = try await master.build(request)
        let folder = try ResultsBrowser.names(in: request.fields.bytes("path") ?? "")
        let page = PageChoice(request.fields, size: 200)
        let browser = ResultsBrowser(root: master.folders.results(of: build.id))
        let failed = folder.isEmpty ? try await failedFolders(of: build) : []
        let (entries, total) = try browser.entries(of: folder, first: failed, page: page.part)
        return ArtifactsPage(
            build,
            live: await live(build),
            folder: folder,
            entries: entries,
            total: total,
            page: page,
            atoms: try await owners(of: folder.isEmpty ? entries.map(\.name) : Array(folder.prefix(1)), build.id),
            now: now
        )
    }

    /// The maximum number of failed atoms listed before the others.
    private static let failedLimit = 1000

    private func failedFolders(of build: BuildRecord) async throws -> Set<ByteString> {
        let limit = StorePage(limit: Self.failedLimit)
        let failed = try await store.atoms(AtomQuery(build: build.id, outcome: .failed, page: limit))
        return Set(failed.map { ByteString("artifact_\($0.subjobID)_\($0.id)") })
    }

    /// Reads the atoms that own folders at the top of the results, by the names of the folders.
    private func owners(of folders: [ByteString], _ build: BuildID) async throws -> [ByteString: AtomRecord] {
        var owners: [ByteString: AtomRecord] = [:]
        for folder in folders {
            guard let (subjob, atom) = ArtifactsPage.owner(of: folder) else { continue }
            owners[folder] = try await store.atom(build: build, subjob: subjob, id: atom)
        }
        return owners
    }

    /// Answers with a file: shown where a browser can do no harm with it, otherwise as a download.
    private func file(_ request: RouteRequest) async throws -> Response {
        let build = try await master.build(request)
        let path = try ResultsBrowser.names(in: request.fields.bytes("path") ?? "")
        let (handle, size, tag) = try ResultsBrowser(root: master.folders.results(of: build.id)).file(path)
        let name = path.last?.escaped ?? "file"
        let kind = request.fields["download"] == nil ? FileKind(name) : .other
        let range = ByteRange(request.request.headers, size: size, tag: tag)
        var headers = Self.headers(of: name, kind)
        headers[.acceptRanges] = "bytes"
        headers[.eTag] = tag
        headers[.contentRange] = range.contentRange(of: size)
        return Response(status: range.status, headers: headers, body: Self.body(handle, range.bytes(of: size)))
    }

    private static func headers(of name: String, _ kind: FileKind) -> HTTPFields {
        var headers = HTTPFields.ofPages
        // Whatever the file holds, it runs nothing and loads nothing, even if the browser shows it.
        headers[.contentSecurityPolicy] = "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'"
        headers[.cacheControl] = "no-cache"
        headers[.contentDisposition] = "\(kind == .other ? "attachment" : "inline"); \(fileName(name))"
        headers[.contentType] =
            switch kind {
            case .text: "text/plain; charset=utf-8"
            case .image(let type): type
            case .other: "application/octet-stream"
            }
        return headers
    }

    /// Encodes a name as in RFC 6266, whatever it contains.
    private static func fileName(_ name: String) -> String {
        let encoded = QueryString().with("name", name.replacing("/", with: "_")).description.dropFirst("name=".count)
        return "filename*=UTF-8''\(encoded)"
    }

    private static func body(_ handle: SharedFile, _ range: Range<Int>) -> ResponseBody {
        ResponseBody(contentLength: range.count) { writer in
            var offset = range.lowerBound
            while offset < range.upperBound {
                let count = min(pieceSize, range.upperBound - offset)
                // The length was promised: a reader must not take a part for the whole.
                guard let bytes = try? handle.file.bytes(from: offset, count: count), !bytes.isEmpty else {
                    throw ClusterRunnerError(.failed, "The file could not be read to its end.")
                }
                try await writer.write(ByteBuffer(bytes: bytes))
                offset += bytes.count
            }
            try await writer.finish(nil)
        }
    }
}
