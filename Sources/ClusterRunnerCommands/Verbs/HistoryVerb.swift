import ArgumentParser
import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerWire
import Foundation

/// The verb `clusterrunner history`.
struct HistoryVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Show the last builds of a job, with its slowest and flakiest atoms.",
        discussion: """
            The newest build is the last one. When no master answers, the builds are those that ran on this machine \
            without one.
            """
    )

    @OptionGroup var master: MasterOptions

    @Option(help: "The project, or a part of its name, where several have such a job.")
    var project: String?

    @Option(name: .shortAndLong, help: "The number of builds.")
    var limit = 20

    @Argument(
        help: "The name of the job.",
        completion: .custom { words, _, _ in await ShellCompletions(words).builtJobs() }
    )
    var job: String

    func validate() throws {
        guard (1...500).contains(limit) else { throw ValidationError("--limit must be 1 to 500, not \(limit).") }
    }

    func run() async throws {
        let choice = JobChoice(job: job, project: project)
        let (name, history) = try await master.withMaster { client in
            let name = try choice.find(among: try await client.jobs())
            return (name, try await client.history(of: name, limit: limit))
        } locally: { local, error in
            let name = try choice.find(among: try await local.jobs())
            Terminal.printError("\(error) This is the history on the embedded cluster of this machine.")
            return (name, try await local.history(of: name, limit: limit))
        }
        try master.print(history) {
            let list = JobHistoryList(job: name, history: history, now: Date().timeIntervalSince1970)
            return list.lines(width: Terminal.width, style: try master.style())
        }
    }
}
