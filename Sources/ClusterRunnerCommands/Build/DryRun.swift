import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerMaster
import ClusterRunnerPlugin
import ClusterRunnerScheduling
import Logging

/// The plan that `build --dry-run` shows: the chosen atoms and the time that they should take.
struct DryRun: Sendable {
    let composition: Composition
    let general: GeneralConfiguration
    let executors: Int
    let limits: AtomizerLimits
    let logger: Logger
    let isJSON: Bool
    let width: Int?
    let style: TextStyle

    /// Fetches the project, lists the atoms, and prints the plan.
    func show(
        _ request: BuildRequestArguments,
        _ parameters: ProjectParameters,
        of type: RegisteredProjectType
    ) async throws {
        try check(parameters, type)
        let plan = JobPlan(
            composition: composition,
            configuration: general,
            request: request.fields,
            executors: executors,
            limits: limits,
            logger: logger
        )
        let outlook = try await plan.outlook { folder in
            if let config = parameters.values["config"] {
                return try JobFile.inline(config, jobName: parameters.jobName)
            }
            return try JobFile.load(directory: folder).job(named: parameters.jobName)
        }
        if isJSON { return Terminal.print(try outlook.json.line) }
        for line in outlook.table(width: width, style: style) { Terminal.print(line) }
        if let warning = outlook.warning { Terminal.printError(warning) }
    }

    private func check(_ parameters: ProjectParameters, _ type: RegisteredProjectType) throws {
        guard type.uploading == nil || parameters.values["path"] == nil else {
            throw ClusterRunnerError(.invalidArgument, "--dry-run cannot show an upload. Leave out one of them.")
        }
        guard parameters.remoteFiles.isEmpty else {
            throw ClusterRunnerError(.invalidArgument, "--dry-run downloads no files. Leave out --remote-file.")
        }
    }
}

extension JobOutlook {
    /// The atoms with their expected times, and the forecast.
    func table(width: Int?, style: TextStyle) -> [String] {
        let names = atoms.map { AtomName($0) }
        let showsVariables = Set(names.map(\.variable)).count > 1
        var table = TextTable(columns: [.init("SECONDS", isNumber: true), .init("ATOM", isName: true)])
        table.rows = zip(atoms, names).map { atom, name in
            let time = expectedSeconds(of: atom).map(DurationText.seconds) ?? "new"
            return [.init(time), .init(showsVariables ? name.assignment : name.value)]
        }
        return table.lines(width: width, style: style) + forecast.lines
    }

    /// The same as JSON.
    var json: JSONValue {
        let list = atoms.map { atom -> JSONValue in
            [
                "command_string": .string(atom.commandString),
                "expected_time": expectedSeconds(of: atom).map(JSONValue.number) ?? .null,
            ]
        }
        let members: [String: JSONValue] = ["atoms": .array(list), "warning": warning.map(JSONValue.string) ?? .null]
        return .object(forecast.json.merging(members) { $1 })
    }

    private func expectedSeconds(of atom: Atom) -> Double? { timings[atom].flatMap(RunTimes.init)?.median }
}
