import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerWire

/// What a shell can put in the place of a word: builds, jobs and slaves that there are.
///
/// Nothing comes in the place of an error, because a shell asks in the middle of a line. A master has two seconds.
struct ShellCompletions: Sendable {
    private let master: MasterOptions

    private static let patience = Duration.seconds(2)
    /// The number of builds, the newest ones.
    private static let shownBuilds = 50

    /// Takes the configuration file and the master from the words of a command line.
    init(_ words: [String]) {
        var common = CommonOptions()
        common.configFile = Self.value(of: ["--config-file", "-c"], in: words)
        (common.verbose, common.quiet) = (0, true)
        var master = MasterOptions(common: common)
        master.masterUrl = Self.value(of: ["--master-url", "-m"], in: words)
        self.master = master
    }

    private static func value(of names: Set<String>, in words: [String]) -> String? {
        for (index, word) in words.enumerated() where !word.isEmpty {
            if names.contains(word) { return words.dropFirst(index + 1).first }
            let parts = word.split(separator: "=", maxSplits: 1)
            if parts.count == 2, names.contains(String(parts[0])) { return String(parts[1]) }
        }
        return nil
    }

    /// The numbers of builds, the newest one first: those of the master, or of this machine when none answers.
    func builds() async -> [String] {
        let builds = await found {
            try await master.withMaster {
                try await $0.builds()
            } locally: { local, _ in
                try await local.builds()
            }
        }
        var seen: Set<BuildID> = []
        let numbers = (builds ?? []).reversed().map(\.id).filter { seen.insert($0).inserted }
        return numbers.prefix(Self.shownBuilds).map { "\($0)" }
    }

    /// The names of the jobs that have builds.
    func builtJobs() async -> [String] {
        let jobs = await found {
            try await master.withMaster {
                try await $0.jobs()
            } locally: { local, _ in
                try await local.jobs()
            }
        }
        return Set((jobs ?? []).map(\.job)).sorted()
    }

    /// The names of the connected slaves, and the numbers of those without one.
    func slaves() async -> [String] {
        let slaves = await found { try await master.withMaster { try await $0.slaves() } }
        return (slaves ?? []).filter(\.isAlive).map { $0.name ?? "\($0.id)" }
    }

    /// The jobs of the job file in the current directory, or in the nearest one above it.
    static func fileJobs() -> [String] {
        let directory = try? JobFileSearch(from: ConfigurationLoader.currentDirectoryBytes()).folder
        return directory.flatMap { try? JobFile.load(directory: $0) }?.jobs.map(\.name) ?? []
    }

    /// Runs a look for a limited time; nil when it fails or takes longer.
    private func found<Found: Sendable>(_ look: @escaping @Sendable () async throws -> Found) async -> Found? {
        await withTaskGroup(of: Found?.self) { group in
            group.addTask { try? await look() }
            group.addTask {
                try? await Timekeeper.system().sleep(for: Self.patience)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }
}
