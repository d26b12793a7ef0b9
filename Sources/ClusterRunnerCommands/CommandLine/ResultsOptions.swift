import ArgumentParser
import ClusterRunnerWire

/// The options of verbs that fetch the results of a build.
struct ResultsOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The directory for the results (default: build_results).", valueName: "directory"))
    var results: String?

    @Option(help: "The atoms with a directory in the results: all, failed or none.")
    var resultsFor = ResultsSelection.all

    /// Returns the directory, after a check that it can take results.
    func checkedDirectory() throws -> ResultsDirectory {
        let directory = try ResultsDirectory(results, currentDirectory: ConfigurationLoader.currentDirectory())
        try directory.check()
        return directory
    }
}
