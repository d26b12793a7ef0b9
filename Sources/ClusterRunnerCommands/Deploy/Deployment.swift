import ClusterRunnerConcurrency
import ClusterRunnerPlugin
import ClusterRunnerWire

/// The deployment of a master and its slaves.
///
/// First every host gets program and configuration, which changes nothing that runs. Then the services of all hosts are
/// stopped, the slaves' before the master's, so that slaves can give back their work. Then the master is started, and
/// after it the slaves.
struct Deployment: Sendable {
    let plan: DeployPlan
    let transport: DeployTransport
    let program: DeployProgram
    /// The text of the configuration file, with the secret.
    let configuration: [UInt8]
    let settings: Settings
    let timekeeper: Timekeeper
    /// Prints a line.
    let write: @Sendable (String) -> Void

    /// The settings of the services.
    struct Settings: Sendable {
        /// The name of this machine for others, if the master runs here.
        let hostname: String
        let isHTTPS: Bool
        let masterPort: Int
        let slavePort: Int
        /// The executors of each slave; nil leaves them to the configuration of its host.
        let executors: Int?
        /// The time limit for running work to end, and that for a service to be ready.
        let timeout: Int
    }

    /// The number of hosts that are worked on at a time.
    private static let width = 8
    /// The time limits of the steps that need none of the services.
    private enum Limit {
        static let answer = Duration.seconds(120)
        static let copy = Duration.seconds(1800)
        /// The time for the answer about a wait that has its own limit.
        static let reserve = Duration.seconds(30)
    }

    /// Performs the deployment.
    ///
    /// - Returns: The sentences about the hosts that are not ready.
    func perform() async throws -> [DeployHost: String] {
        let names = try await resolve()
        // One at a time where ssh may ask a question.
        let width = transport.isInteractive ? 1 : Self.width
        let probes = try await onEach(plan.hosts, width: width) { try check(try await run(.probe, on: $0)) }
        var failures = probes.failures
        try await add(to: &failures, plan.hosts) { try await bring(to: $0, over: probes.values[$0] ?? nil) }
        if failures[plan.master] != nil { return give(up: failures) }
        try await add(to: &failures, plan.slaves.filter { $0 != plan.master }) { try await stop(on: $0) }
        try await add(to: &failures, [plan.master]) { master in
            try await stop(on: master)
            try await start("master", on: master, ["--port", "\(settings.masterPort)"], names)
        }
        if failures[plan.master] != nil { return give(up: failures) }
        let executors = settings.executors.map { ["--num-executors", "\($0)"] } ?? []
        let options = ["--port", "\(settings.slavePort)", "--master-url", masterURL(names)] + executors
        try await add(to: &failures, plan.slaves) { try await start("slave", on: $0, options, names) }
        return failures
    }

    /// Performs an action on the hosts without a failure, and adds its failures.
    private func add(
        to failures: inout [DeployHost: String],
        _ hosts: [DeployHost],
        _ action: @escaping @Sendable (DeployHost) async throws -> Void
    ) async throws {
        let failed = failures
        let new = try await onEach(hosts.filter { failed[$0] == nil }, action)
        failures.merge(new.failures) { first, _ in first }
    }

    /// The address of the master for the slaves and for clients.
    func masterURL(_ names: [DeployHost: String]) -> String {
        let isAlone = plan.hosts.allSatisfy(\.isLocal)
        let host = isAlone ? "localhost" : names[plan.master] ?? settings.hostname
        let authority = HostText.authority(host: host, port: settings.masterPort)
        return settings.isHTTPS ? "https://\(authority)" : authority
    }

    private func give(up failures: [DeployHost: String]) -> [DeployHost: String] {
        let sentence = "its slave is not started, because the master on \(plan.master) is not."
        return failures.merging(plan.slaves.map { ($0, sentence) }) { first, _ in first }
    }

    // MARK: Hosts

    /// Asks ssh for the names of the hosts, which may be aliases of its configuration.
    func resolve() async throws -> [DeployHost: String] {
        var names: [DeployHost: String] = [:]
        for host in plan.hosts where !host.isLocal {
            let late = ClusterRunnerError(.unavailable, "ssh -G did not end.")
            let end = try await ToolProcess(words: transport.inquiry(host)).run(within: Limit.reserve, orThrow: late)
            guard end.code == 0 else {
                throw ClusterRunnerError(
                    .invalidArgument,
                    "ssh does not take its options or its configuration. "
                        + DeployFault(host: host, end: end).lastLine
                )
            }
            let line = end.output.split(separator: "\n").first { $0.hasPrefix("hostname ") }
            let name = line.map { String($0.dropFirst("hostname ".count)) } ?? host.host
            // Checked like one of the command line, because it becomes a part of a script.
            names[host] = try DeployHost(name.contains(":") ? "[\(name)]" : name).host
        }
        return names
    }

    /// The results of an action on hosts, and the sentences about those on which it failed.
    private struct Outcomes<Value: Sendable> {
        var values: [DeployHost: Value] = [:]
        var failures: [DeployHost: String] = [:]
    }

    /// Performs an action on hosts, some at a time, and prints its failures.
    private func onEach<Value: Sendable>(
        _ hosts: [DeployHost],
        width: Int = Self.width,
        _ action: @escaping @Sendable (DeployHost) async throws -> Value
    ) async throws -> Outcomes<Value> {
        try await withThrowingTaskGroup(of: (DeployHost, Result<Value, ClusterRunnerError>).self) { group in
            var outcomes = Outcomes<Value>()
            var waiting = hosts[...]
            func addNext() {
                guard let host = waiting.popFirst() else { return }
                group.addTask { (host, try await result(of: action, on: host)) }
            }
            for _ in 0..<width { addNext() }
            while let (host, result) = try await group.next() {
                switch result {
                case .success(let value): outcomes.values[host] = value
                case .failure(let error): outcomes.failures[host] = error.message
                }
                addNext()
            }
            return outcomes
        }
    }

    private func result<Value: Sendable>(
        of action: @Sendable (DeployHost) async throws -> Value,
        on host: DeployHost
    ) async throws -> Result<Value, ClusterRunnerError> {
        do {
            return .success(try await action(host))
        } catch let error as ClusterRunnerError {
            write("\(host): \(error.message)")
            return .failure(error)
        }
    }

    /// Runs a script on a host, and returns what it printed.
    @discardableResult
    private func run(
        _ script: DeployScript,
        on host: DeployHost,
        _ input: ToolProcess.Input = .nothing,
        within limit: Duration = Limit.answer
    ) async throws -> String {
        let late = ClusterRunnerError(.unavailable, "it has not answered within \(Int(limit.inSeconds)) s.")
        let process = ToolProcess(words: transport.words(script, on: host))
        let end = try await process.run(input, within: limit, orThrow: late)
        guard end.code == 0 else {
            throw ClusterRunnerError(.failed, DeployFault(host: host, end: end).sentence)
        }
        return end.output
    }
}

// MARK: Steps

extension Deployment {
    /// Checks the answer to a probe, and returns the digest of the installed program; nil without one.
    ///
    /// The profile of an account may print lines before it.
    func check(_ answer: String) throws -> String? {
        var lines = answer.split(whereSeparator: \.isNewline).map(String.init)
        guard lines.popLast() == "end" else {
            throw ClusterRunnerError(.failed, "its shell did not run a script. Its login shell must start programs.")
        }
        let digest = lines.last.flatMap { $0.count == 64 ? $0 : nil }
        if digest != nil { lines.removeLast() }
        let platform = Array(lines.suffix(2))
        guard platform == program.platform else {
            throw ClusterRunnerError(
                .failed,
                "the program is for \(program.platform.joined(separator: " ")), and the host is "
                    + "\(platform.joined(separator: " ")). Deploy to it from a machine of its kind."
            )
        }
        return digest
    }

    /// Installs program and configuration, which leaves running services as they are.
    private func bring(to host: DeployHost, over digest: String?) async throws {
        if digest == program.digest {
            write("\(host): the program is up to date.")
        } else {
            let start = timekeeper.now.uptime
            try await run(.install(size: program.size), on: host, .file(program.path), within: Limit.copy)
            let seconds = (timekeeper.now.uptime - start).inSeconds
            let time = DurationText.seconds(seconds)
            write("\(host): the program is copied (\(MegabytesText(program.size)) in \(time) s).")
        }
        try await run(.configure, on: host, .text(configuration))
    }

    private func stop(on host: DeployHost) async throws {
        let script = DeployScript.run(["stop", "--timeout", "\(settings.timeout)"])
        let lines = try await run(script, on: host, within: .seconds(settings.timeout) + Limit.reserve)
        for line in lines.split(separator: "\n") where !line.hasPrefix("No service of ") { write("\(host): \(line)") }
    }

    private func start(
        _ role: String,
        on host: DeployHost,
        _ options: [String],
        _ names: [DeployHost: String]
    ) async throws {
        let words = ["start-service", role, "--timeout", "\(settings.timeout)"] + options
        let script = DeployScript.run(words, hostname: names[host])
        let answer = try await run(script, on: host, within: .seconds(settings.timeout) + Limit.reserve)
        write("\(host): \(role): \(answer.split(separator: "\n").last ?? "It is ready.")")
    }
}
