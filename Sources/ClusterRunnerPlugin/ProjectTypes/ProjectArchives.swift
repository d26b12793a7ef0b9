/// A machine's own ways to get and to unpack an archive, for project types that need them.
public protocol ProjectArchives: Sendable {
    /// Downloads a URL (`http`, `https` or `file`) to a path; the file appears as a whole or not at all.
    ///
    /// - Throws: ``ClusterRunnerError`` that names the URL and the server's answer, or the limit that was exceeded.
    func download(_ url: String, to path: String, byteLimit: Int) async throws

    /// Unpacks an archive (tar, also compressed, or zip) into an existing directory.
    ///
    /// Hostile archives are refused, with an error that names the entry: nothing is written outside the directory.
    ///
    /// - Returns: sentences about entries that were left out.
    func unpack(_ path: String, into directory: String, byteLimit: Int) async throws -> [String]
}
