/// Downloads the `remote_files` of a build.
package protocol FileDownloader: Sendable {
    /// Downloads a URI (`http`, `https` or `file`) to a path.
    ///
    /// The file appears whole or not at all: it is written beside its place and renamed.
    ///
    /// - Throws: ``ClusterRunnerError`` that names the URI and what the server said, or the limit that was passed.
    func download(_ uri: String, to path: String, byteLimit: Int) async throws
}
