/// One of the `remote_files` of a build.
package struct RemoteFile: Sendable, Equatable, Codable {
    /// Its source.
    package let uri: String
    /// Its path inside the workspace.
    package let name: ByteString

    /// Creates a remote file.
    package init(uri: String, name: ByteString) {
        self.uri = uri
        self.name = name
    }
}
