import ArgumentParser

/// The verb `clusterrunner stop`.
struct StopVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Stop the master and the slaves that run on this machine."
    )

    @OptionGroup var common: CommonOptions

    @Option(help: ArgumentHelp("The time to wait for their running work.", valueName: "seconds"))
    var timeout = 60

    func validate() throws {
        guard (0...86_400).contains(timeout) else {
            throw ValidationError("--timeout must be a whole number from 0 to 86400, not \(timeout).")
        }
    }

    func run() async throws {
        let configuration = try common.load(try Composition.required()).general()
        let processes = ServiceProcesses(baseDirectory: configuration.baseDirectory)
        let reports = try await processes.stop(deadline: .seconds(timeout))
        if reports.isEmpty { Terminal.print("No service of \(configuration.baseDirectory) is running.") }
        for report in reports { Terminal.print(sentence(report)) }
        guard reports.allSatisfy({ $0.outcome == .stopped }) else { throw CommandExit.failures }
    }

    private func sentence(_ report: ServiceProcesses.StopReport) -> String {
        let service = "\(report.service.name) (process \(report.service.process.id))"
        return switch report.outcome {
        case .stopped: "\(service) has stopped."
        case .stillRunning: "\(service) was told to stop, but still runs after \(timeout) s."
        case .refused(let reason): reason
        }
    }
}
