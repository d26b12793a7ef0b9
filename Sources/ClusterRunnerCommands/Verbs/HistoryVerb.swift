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
        discussion: "The newest build is the last one."
    )

    @OptionGroup var master: MasterOptions

    @Option(help: "The project, or a part of its name, where several have such a job.")
    var project: String?

    @Option(name: .shortAndLong, help: "The number of builds.")
    var limit = 20

    @Argument(help: "The name of the job.")
    var job: String

    func validate() throws {
        guard (1...500).contains(limit) else { throw ValidationError("--limit must be 1 to 500, not \(limit).") }
    }

    func run() async throws {
        let (name, history) = try await master.withMaster { client in
            let name = try JobChoice(job: job, project: project).find(among: try await client.jobs())
            return (name, try await client.history(of: name, limit: limit))
        }
        try master.print(history) {
            let list = JobHistoryList(job: name, history: history, now: Date().timeIntervalSince1970)
            return list.lines(width: Terminal.width, style: try master.style())
        }
    }
}
