import ArgumentParser
import ClusterRunnerCore

/// How evenly builds end, simulated with the product's own decisions.
struct MakespanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "makespan",
        abstract: "Simulates builds and compares how long they take with the shortest time possible."
    )

    @OptionGroup var report: ReportFile

    func run() async throws {
        print(Table(["distribution", "median"]).text)
    }
}
