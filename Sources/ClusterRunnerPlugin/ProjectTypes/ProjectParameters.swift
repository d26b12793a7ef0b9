/// The validated parameters of one build request.
///
/// Checked against the declarations of the type before it is made: every value has the declared kind, and no required one is missing.
public struct ProjectParameters: Sendable, Equatable, Codable {
    /// The values by parameter name; omitted parameters without a default are absent.
    public let values: [String: JSONValue]

    /// Wraps values that are already valid.
    public init(_ values: [String: JSONValue]) {
        self.values = values
    }

    /// The text of a parameter, if it was given.
    public subscript(name: String) -> String? { values[name]?.string }

    /// Returns the text of a parameter that the type declares as required.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument`` when it is missing.
    public func required(_ name: String) throws -> String {
        guard let value = self[name], !value.isEmpty else {
            throw ClusterRunnerError(.invalidArgument, "The parameter \"\(name)\" is missing.")
        }
        return value
    }

    /// Returns the bytes of a path that the type declares as required.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument`` when it is missing.
    public func requiredPath(_ name: String) throws -> ByteString {
        guard let value = values[name].flatMap(ByteString.init), !value.isEmpty else {
            throw ClusterRunnerError(.invalidArgument, "The parameter \"\(name)\" is missing.")
        }
        return value
    }

    /// The job's name, if one was given.
    public var jobName: String? { self["job_name"] }

    /// The atoms that replace those of the atomizers, in their `export VAR="value";` form.
    package var atomsOverride: [String]? { values["atoms_override"]?.array?.compactMap(\.string) }

    /// The files to download into the workspace, sorted by name.
    ///
    /// Requests may map names to URIs or URIs to names: the side with a URI scheme is the URI.
    package var remoteFiles: [RemoteFile] {
        (values["remote_files"]?.object ?? [:])
            .compactMap { key, value in ByteString(value).map { (key, $0) } }
            .map { key, value in
                guard let text = value.text, text.contains("://"), !key.contains("://") else {
                    return RemoteFile(uri: key, name: value)
                }
                return RemoteFile(uri: text, name: ByteString(key))
            }
            .sorted { $0.name < $1.name }
    }

    public init(from decoder: any Decoder) throws {
        values = try [String: JSONValue](from: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        try values.encode(to: encoder)
    }
}
