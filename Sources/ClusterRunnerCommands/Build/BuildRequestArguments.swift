import ClusterRunnerPlugin
import ClusterRunnerWire

/// The arguments of `clusterrunner build` that depend on the project type: its name and its parameters.
struct BuildRequestArguments: Equatable {
    /// The name of the project type.
    let type: String
    /// The fields of the build request.
    var fields: [String: JSONValue]
    /// The parameter that is the current directory because nobody named a project; nil if somebody did.
    private(set) var unnamedProject: String?

    /// Parses the arguments that are not options of every type: `[TYPE] [--PARAMETER VALUE] ...`.
    ///
    /// The default type is `directory`, with the current directory; of an upload it is `archive`, with the same.
    init(
        _ arguments: [String],
        jobName: String?,
        isUpload: Bool = false,
        remoteFiles: [String],
        currentDirectory: ByteString,
        registry: ProjectTypeRegistry
    ) async throws {
        var rest = arguments[...]
        var remoteFiles = remoteFiles
        // In `build --remote-file NAME URL git ...` the option takes all words up to the next option.
        if !remoteFiles.count.isMultiple(of: 2), let last = remoteFiles.last, registry.contains(last) {
            rest = ([remoteFiles.removeLast()] + rest)[...]
        }
        let given = rest.first.map { $0.hasPrefix("-") } == false ? rest.removeFirst() : nil
        type = given ?? (isUpload ? Self.uploadType : "directory")
        guard !isUpload || type == Self.uploadType else {
            throw ClusterRunnerError(
                .invalidArgument,
                "--upload makes a build of type \(Self.uploadType), so it cannot be given with \"build \(type)\"."
            )
        }
        let parameters = try await registry.type(named: type).allParameters
        var fields = try Self.values(in: rest, of: parameters, type)
        fields["type"] = .string(type)
        if let jobName { fields["job_name"] = .string(jobName) }
        if !remoteFiles.isEmpty { fields["remote_files"] = try Self.remoteFiles(remoteFiles) }
        for parameter in parameters where Self.isCurrentDirectory(parameter, of: type) {
            if fields[parameter.name] == nil { unnamedProject = parameter.name }
            let path = fields[parameter.name].flatMap(ByteString.init) ?? "."
            fields[parameter.name] = Self.absolute(path, currentDirectory).json
        }
        if isUpload, fields["path"] == nil {
            if fields["project_directory"] == nil { unnamedProject = "path" }
            fields["path"] = "."
        }
        for parameter in parameters where parameter.kind == .localPath {
            guard let path = fields[parameter.name].flatMap(ByteString.init) else { continue }
            fields[parameter.name] = Self.absolute(path, currentDirectory).json
        }
        self.fields = fields
    }

    /// Reads the request of an earlier build, for messages about another one like it.
    init(of build: BuildRepresentation) {
        type = build.type ?? ""
        fields = build.requestParameters
    }

    /// The type of what `--upload` sends.
    private static let uploadType = "archive"

    /// Whether the current directory is the default of a parameter.
    static func isCurrentDirectory(_ parameter: ProjectParameter, of type: String) -> Bool {
        type == "directory" && parameter.name == "project_directory"
    }

    private static func values(
        in arguments: ArraySlice<String>,
        of parameters: [ProjectParameter],
        _ type: String
    ) throws -> [String: JSONValue] {
        var rest = arguments
        var fields: [String: JSONValue] = [:]
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("--") else {
                throw ClusterRunnerError(
                    .invalidArgument,
                    "Unexpected argument \"\(argument)\". See: clusterrunner build --help"
                )
            }
            let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1).map(String.init)
            let option = parts.first ?? ""
            let parameter = try parameter(option, of: parameters, type)
            if parameter.kind == .flag, parts.count == 1 {
                fields[parameter.name] = true
                continue
            }
            guard let value = parts.count > 1 ? parts[1] : rest.popFirst() else {
                throw ClusterRunnerError(.invalidArgument, "--\(option) needs a value.")
            }
            fields[parameter.name] = try json(value, for: parameter, option, after: fields[parameter.name])
        }
        return fields
    }

    private static func parameter(
        _ option: String,
        of parameters: [ProjectParameter],
        _ type: String
    ) throws -> ProjectParameter {
        if let parameter = parameters.first(where: { $0.optionName == option }) { return parameter }
        let names = parameters.map(\.optionName) + ProjectParameter.buildOptions
        let nearest = nearestName(to: option, among: names).map { " Did you mean --\($0)?" } ?? ""
        throw ClusterRunnerError(
            .invalidArgument,
            "Unknown option --\(option) of \"build \(type)\".\(nearest) See: clusterrunner build \(type) --help"
        )
    }

    private static func json(
        _ text: String,
        for parameter: ProjectParameter,
        _ option: String,
        after earlier: JSONValue?
    ) throws -> JSONValue {
        if [.path, .localPath].contains(parameter.kind) { return ArgumentBytes.bytes(of: text).json }
        try ArgumentBytes.requireText(text, of: "--\(option)")
        switch parameter.kind {
        case .string, .path, .localPath, .job: return .string(text)
        case .flag:
            guard let value = ["true": true, "false": false][text] else {
                throw ClusterRunnerError(.invalidArgument, "--\(option) is true or false, not \"\(text)\".")
            }
            return .bool(value)
        case .stringList: return .array((earlier?.array ?? []) + [.string(text)])
        case .stringMap:
            throw ClusterRunnerError(.invalidArgument, "Give \(parameter.name) as --remote-file NAME URL.")
        }
    }

    private static func remoteFiles(_ words: [String]) throws -> JSONValue {
        guard words.count.isMultiple(of: 2) else {
            throw ClusterRunnerError(.invalidArgument, "--remote-file needs a name and a URL: --remote-file NAME URL.")
        }
        var files: [String: JSONValue] = [:]
        var names: Set<ByteString> = []
        for index in stride(from: 0, to: words.count, by: 2) {
            let (name, url) = (ArgumentBytes.bytes(of: words[index]), words[index + 1])
            try ArgumentBytes.requireText(url, of: "The URL of --remote-file")
            guard names.insert(name).inserted else {
                throw ClusterRunnerError(.invalidArgument, "--remote-file gives the name \"\(name)\" to two files.")
            }
            if files[url] == nil {
                files[url] = name.json
            } else if let text = name.text {
                // A request may also map a name to its URL, which gives one file a further name.
                files[text] = .string(url)
            } else {
                throw ClusterRunnerError(
                    .invalidArgument,
                    "--remote-file cannot give \(url) the name \"\(name)\", which is not UTF-8, beside another name."
                )
            }
        }
        return .object(files)
    }

    private static func absolute(_ path: ByteString, _ currentDirectory: ByteString) -> ByteString {
        let isRooted = path.isAbsolute || path.bytes.first == UInt8(ascii: "~")
        return isRooted ? path : currentDirectory.appending(path).standardized
    }
}

extension ProjectParameter {
    /// The parameter's command-line option, without the dashes.
    var optionName: String { name.replacing("_", with: "-") }

    /// The options of every build, without the dashes.
    static var buildOptions: [String] {
        let fields: Set = ["join", "requester", "type"]
        return reservedNames.subtracting(fields).sorted().map { $0.replacing("_", with: "-") } + ["job-name"]
    }
}
