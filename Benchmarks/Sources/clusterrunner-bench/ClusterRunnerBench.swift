import ArgumentParser

/// The benchmark program, with one subcommand for each measurement.
@main
struct ClusterRunnerBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clusterrunner-bench",
        abstract: "Measures ClusterRunner; every figure stands beside a reference of the same run.",
        subcommands: [
            DispatchCommand.self, MakespanCommand.self, MasterCommand.self, ReadsCommand.self, StartCommand.self,
            TransferCommand.self, UploadCommand.self, WorkspaceCommand.self,
        ]
    )
}
