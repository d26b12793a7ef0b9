import ArgumentParser
import ClusterRunnerConcurrency
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation

/// The verb `clusterrunner deploy`.
struct DeployVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deploy",
        abstract: "Start a master and slaves on other machines over ssh, or replace those that run there.",
        discussion: """
            Each host gets this program and its configuration file below ~/.clusterrunner/deploy. The services that \
            ClusterRunner runs there finish their work, end, and are started anew. Hosts are named as ssh has them: \
            HOST, USER@HOST or USER@HOST:PORT; \"localhost\" needs no ssh. Exits with 0 when the master runs and all \
            slaves are connected to it.
            """
    )

    @OptionGroup var common: CommonOptions

    @Option(name: .shortAndLong, help: ArgumentHelp("The host of the master.", valueName: "host"))
    var master = "localhost"

    @Option(
        name: .shortAndLong,
        parsing: .upToNextOption,
        help: ArgumentHelp("The hosts of the slaves. (default: slaves of the configuration)", valueName: "host")
    )
    var slaves: [String] = []

    @Option(help: "The port of the master. (default: that of the configuration)")
    var masterPort: Int?

    @Option(help: "The port of each slave's own API. (default: that of the configuration)")
    var slavePort: Int?

    @Option(name: .shortAndLong, help: "The number of atoms that each slave runs at a time.")
    var numExecutors: ExecutorCount?

    @Option(
        name: [.customShort("o"), .long],
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("An option of ssh, as of ssh -o. May be given several times.", valueName: "option")
    )
    var sshOption: [String] = []

    @Option(
        help: ArgumentHelp(
            "The time to wait for running work to end, and again for services to be ready.",
            valueName: "seconds"
        )
    )
    var timeout = 60

    func validate() throws {
        try numExecutors?.validate()
        for (name, port) in [("--master-port", masterPort), ("--slave-port", slavePort)] {
            guard let port, !(1...65_535).contains(port) else { continue }
            throw ValidationError("\(name) must be a whole number from 1 to 65535, not \(port).")
        }
        guard (1...86_400).contains(timeout) else {
            throw ValidationError("--timeout must be a whole number from 1 to 86400, not \(timeout).")
        }
    }

    func run() async throws {
        let loaded = try common.load(try Composition.required())
        let deployment = try makeDeployment(loaded)
        let plan = deployment.plan
        let outcome = try await EndingSignals.withRelay { signals in
            await signals.untilNext { () async -> Result<[DeployHost: String], any Error> in
                do {
                    return .success(try await deployment.perform())
                } catch {
                    return .failure(error)
                }
            }
        }
        guard let failures = try outcome?.get() else {
            Terminal.printError("Interrupted. What was started on the hosts goes on. Deploy again to complete it.")
            throw CommandExit.interrupted
        }
        let count = plan.hosts.count
        guard !failures.isEmpty else {
            let names = try await deployment.resolve()
            Terminal.print(count == 1 ? "The host is ready." : "All \(count) hosts are ready.")
            return Terminal.print("Build with: clusterrunner build --master-url \(deployment.masterURL(names))")
        }
        Terminal.print("\(count - failures.count) of \(count) hosts are ready. These are not:")
        for host in plan.hosts { if let reason = failures[host] { Terminal.print("  \(host): \(reason)") } }
        throw CommandExit.couldNotRun
    }

    private func makeDeployment(_ loaded: LoadedConfiguration) throws -> Deployment {
        let general = try loaded.general()
        let masterPort = try masterPort ?? loaded.master().port
        let slavePort = try slavePort ?? loaded.slave().port
        for (name, port) in [("master", masterPort), ("slave", slavePort)] where port == 0 {
            throw ClusterRunnerError(
                .invalidArgument,
                "The port of [\(name)] is 0 in the configuration, but a deployment needs a number. Give --\(name)-port."
            )
        }
        let plan = try DeployPlan(master: master, slaves: slaves.isEmpty ? general.slaves : slaves)
        if plan.slaves.contains(plan.master), masterPort == slavePort {
            throw ClusterRunnerError(
                .invalidArgument,
                "The master and the slave on \(plan.master) cannot both have the port \(masterPort)."
            )
        }
        return Deployment(
            plan: plan,
            transport: DeployTransport(options: sshOption, isInteractive: isatty(STDIN_FILENO) == 1),
            program: try .ofProcess(),
            configuration: try loaded.fileForHosts(),
            settings: Deployment.Settings(
                hostname: general.hostname,
                isHTTPS: general.tls != nil,
                masterPort: masterPort,
                slavePort: slavePort,
                executors: numExecutors?.value,
                timeout: timeout
            ),
            timekeeper: .system(),
            write: { Terminal.print($0) }
        )
    }
}

extension LoadedConfiguration {
    /// The text of the configuration file, which other hosts are to use as well.
    ///
    /// - Throws: ``ClusterRunnerError`` when the secret does not stand in it.
    fileprivate func fileForHosts() throws -> [UInt8] {
        let secret = try effective(for: .master).first { $0.key.name == GeneralConfiguration.keys.secret.name }
        switch (path, secret?.source) {
        case (let path?, .file), (let path?, .generated):
            guard let file = try OpenFile.ifThere(path, O_RDONLY) else { break }
            return try file.contents()
        default: break
        }
        throw ClusterRunnerError(
            .invalidArgument,
            "The hosts need a configuration file with the secret, which comes from "
                + "\(try general().origin.secretPlace) here. Write it into a file that only you can read, and name "
                + "that with --config-file."
        )
    }
}
