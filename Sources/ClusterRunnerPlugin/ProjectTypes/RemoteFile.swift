/// One of the `remote_files` of a build.
public struct RemoteFile: Sendable, Equatable, Codable {
    /// Its source.
    public let uri: String
    /// Its path inside the workspace.
    public let name: ByteString

    /// Creates a remote file.
    public init(uri: String, name: ByteString) {
        self.uri = uri
        self.name = name
    }
}
