/// A downloader of the `remote_files` of a build.
package protocol FileDownloader: Sendable {
    /// Downloads a URI (`http`, `https` or `file`) to a path.
    ///
    /// The file appears as a whole or not at all: it is written beside its place and renamed.
    ///
    /// - Throws: ``ClusterRunnerError`` that names the URI and the server's answer, or the limit that was exceeded.
    func download(_ uri: String, to path: String, byteLimit: Int) async throws
}
