import ArgumentParser
import ClusterRunnerClient
import ClusterRunnerDomain

/// The verb `clusterrunner logs`.
struct LogsVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Print the output of a build's atoms, or of its set-ups.",
        discussion: """
            Without a choice it prints the output of the atoms that failed. With --follow it goes on until the atom, or \
            the build, has ended, also when the master is restarted meanwhile.
            """
    )

    @OptionGroup var master: MasterOptions

    @Option(name: .shortAndLong, help: ArgumentHelp("One atom, by subjob and number.", valueName: "subjob/atom"))
    var atom: AtomPosition?

    @Option(help: "With --atom: the run of that number instead of the last one.")
    var attempt: Int?

    @Option(
        name: .customLong("case"),
        help: "The test cases with this name, or with this in their name, class or file."
    )
    var testCase: String?

    @Flag(help: "The atoms that failed.")
    var failed = false

    @Flag(help: "The atomizers, and the set-ups and teardowns on the slaves.")
    var setup = false

    @Flag(name: .shortAndLong, help: "Follow the output until its end.")
    var follow = false

    @Argument(help: "The number of the build.")
    var build: BuildID

    func validate() throws {
        guard [atom != nil, testCase != nil, failed, setup].filter({ $0 }).count < 2 else {
            throw ValidationError("Choose one of --atom, --case, --failed and --setup.")
        }
        guard testCase == nil || !follow else {
            throw ValidationError("Choose one of --case and --follow: test cases are known when their atom has ended.")
        }
        guard let attempt else { return }
        guard atom != nil else { throw ValidationError("--attempt needs --atom, which selects the atom.") }
        guard attempt > 0 else { throw ValidationError("--attempt \(attempt): attempts are counted from 1 on.") }
        guard !follow else {
            throw ValidationError("Choose one of --attempt and --follow: only the last run can be followed.")
        }
    }

    func run() async throws {
        let style = try master.style()
        try await master.withMaster(of: build) { client, isEmbedded in
            let logs = BuildLogs(
                client: client,
                build: build,
                isJSON: master.json,
                style: style,
                isTerminal: Terminal.isInteractive,
                isEmbedded: isEmbedded
            )
            if let atom {
                try await follow ? logs.follow(atom) : logs.print(atom, attempt: attempt)
            } else if let testCase {
                try await logs.print(casesNamed: testCase)
            } else if setup {
                try await follow ? logs.followSetup() : logs.printSetup()
            } else {
                try await follow ? logs.followFailures() : logs.printFailures()
            }
        }
    }
}

/// The position of an atom in a build, `SUBJOB/ATOM`, as in tables and results directories.
struct AtomPosition: ExpressibleByArgument, Sendable, Hashable {
    let subjob: SubjobID
    let atom: AtomIndex

    init(subjob: SubjobID, atom: AtomIndex) {
        self.subjob = subjob
        self.atom = atom
    }

    init?(argument: String) {
        let name = argument.hasPrefix("artifact_") ? String(argument.dropFirst(9)) : argument
        let parts = name.split(omittingEmptySubsequences: false) { $0 == "/" || $0 == "_" }.map { Int($0) }
        guard parts.count == 2, let subjob = parts[0], let atom = parts[1], subjob >= 0, atom >= 0 else { return nil }
        self.init(subjob: SubjobID(subjob), atom: AtomIndex(atom))
    }
}
