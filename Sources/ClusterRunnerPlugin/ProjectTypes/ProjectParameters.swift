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

    /// The patterns of the values of atoms, of which only matching ones are run; nil runs all.
    package var atomsFilter: [String]? { values["atoms_filter"]?.array?.compactMap(\.string) }

    /// Whether only the atoms that failed when they last ran are run.
    package var onlyFailed: Bool { values["only_failed"] == true }

    /// The keys of the job that this build sets otherwise.
    package var jobOverrides: JSONValue? { values["job_overrides"] }

    /// Whether the build runs some of the job's atoms only.
    package var isPartial: Bool { atomsOverride != nil || atomsFilter != nil || onlyFailed }

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
